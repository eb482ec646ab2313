/** What the page of the map loads beyond a desk: its panel and its tools, each of which fetches what it does when it is opened. */
import "./styles/map-desk.css";
import "./styles/map-sheet.css";
import "./styles/map-work.css";
import { ICONS } from "./map/desk/icons";
import { MapDeskElement } from "./map/desk/map-desk";
import { MapSheetElement } from "./map/desk/map-sheet";
import { register } from "./map/desk/tools";
import { WORK_ICONS } from "./map/work/icons";

register(
  {
    name: "layers",
    icon: ICONS.layers,
    title: { zh: "图层", en: "Layers" },
    order: 10,
    load: () => import("./map/desk/layers"),
  },
  {
    name: "themes",
    icon: ICONS.themes,
    title: { zh: "专题", en: "Themes" },
    order: 20,
    load: () => import("./map/desk/themes"),
  },
  {
    name: "compare",
    icon: ICONS.swipe,
    title: { zh: "对比", en: "Compare" },
    order: 70,
    load: () => import("./map/desk/swipe"),
  },
  {
    name: "picture",
    icon: ICONS.picture,
    title: { zh: "图片", en: "Picture" },
    order: 80,
    load: () => import("./map/desk/picture"),
  },
  {
    name: "print",
    icon: ICONS.print,
    title: { zh: "打印", en: "Print" },
    order: 90,
    load: () => import("./map/desk/print"),
  },
  {
    name: "here",
    icon: ICONS.here,
    title: { zh: "此处", en: "Here" },
    order: 15,
    isHidden: true,
    load: () => import("./map/desk/here"),
  },
);

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
    title: { zh: "案卷热力", en: "Heat of cases" },
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
customElements.define("map-sheet", MapSheetElement);
