/** What the page of the map loads beyond a desk: its panel and its tools, each of which fetches what it does when it is opened. */
import "./styles/map-desk.css";
import "./styles/map-work.css";
import { ICONS } from "./map/desk/icons";
import { MapDeskElement } from "./map/desk/map-desk";
import { register } from "./map/desk/tools";
import { WORK_ICONS } from "./map/work/icons";

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
register(
  {
    name: "measure",
    icon: WORK_ICONS.measure,
    title: { zh: "测量", en: "Measure" },
    order: 40,
    load: () => import("./map/work/measure"),
  },
  {
    name: "statistics",
    icon: WORK_ICONS.statistics,
    title: { zh: "范围统计", en: "Statistics" },
    order: 42,
    load: () => import("./map/work/statistics"),
  },
  {
    name: "heat",
    icon: WORK_ICONS.heat,
    title: { zh: "案件热力", en: "Heat of cases" },
    order: 44,
    load: () => import("./map/work/heat"),
  },
  {
    name: "export",
    icon: WORK_ICONS.takeAway,
    title: { zh: "导出数据", en: "Export data" },
    order: 46,
    load: () => import("./map/work/take-away"),
  },
);

customElements.define("map-desk", MapDeskElement);
