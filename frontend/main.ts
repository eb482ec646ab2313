/** What every page loads: the looks, and the elements that wake where a page holds them. */
import "./styles/looks.css";
import "./styles/pages.css";
import "./styles/loop.css";
import "./styles/map.css";
import "./styles/demo-door.css";
import "./styles/opendata.css";
import "./elements/define";
import { forgetAtTheDoor } from "./lib/keep-typed";

forgetAtTheDoor(document);
