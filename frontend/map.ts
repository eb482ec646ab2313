/** What the page of the map loads beyond a desk: its panel and its tools, each of which fetches what it does when it is opened. */
import "./styles/map-desk.css";
import { ICONS } from "./map/desk/icons";
import { MapDeskElement } from "./map/desk/map-desk";
import { register } from "./map/desk/tools";

register({
  name: "layers",
  icon: ICONS.layers,
  title: { zh: "图层", en: "Layers" },
  order: 10,
  load: () => import("./map/desk/layers"),
});

register({
  name: "street",
  icon: ICONS.street,
  title: { zh: "街景", en: "Street view" },
  order: 70,
  load: () => import("./street/tool"),
});

customElements.define("map-desk", MapDeskElement);
