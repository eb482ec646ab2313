/** What the public page loads beyond every page. */
import "./styles/report.css";
import { ClassSignElement } from "./elements/class-sign";
import { CopyTextElement } from "./elements/copy-text";
import { NearestCityElement } from "./elements/nearest-city";
import { PhotoBoxElement } from "./elements/photo-box";
import { ReportPlaceElement } from "./elements/report-place";
import { SmallSumElement } from "./elements/small-sum";

customElements.define("class-sign", ClassSignElement);
customElements.define("copy-text", CopyTextElement);
customElements.define("nearest-city", NearestCityElement);
customElements.define("photo-box", PhotoBoxElement);
customElements.define("report-place", ReportPlaceElement);
customElements.define("small-sum", SmallSumElement);
