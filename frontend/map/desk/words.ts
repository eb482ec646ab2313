/** What the map's desk says by itself. */
import type { Language } from "../../lib/duration";

export const WORDS = {
  zh: {
    find: "查找地点、部件、案卷、人员",
    panel: "收起或展开面板",
    tools: "地图工具",
    close: "关闭",
    today: "今天",
    day: "地图日期",
    past: "正在查看 {day} 的地图",
    layers: "图层",
    filter: "筛选图层",
    hidden: "隐藏 {n} 个",
    all: "全部显示",
    none: "全部隐藏",
    default: "恢复默认图层",
    basemap: "底图",
    own: "城市地图",
    overlays: "影像与专题图",
    opacity: "不透明度",
    noLayer: "没有名称相符的图层",
    notHere: "此处或此比例下无内容",
    failed: "此工具加载失败，请重试。",
    loading: "正在加载…",
  },
  en: {
    find: "Find a place, part, case or person",
    panel: "Fold or unfold the panel",
    tools: "Tools of the map",
    close: "Close",
    today: "Today",
    day: "Day of the map",
    past: "This is the map of {day}",
    layers: "Layers",
    filter: "Filter the layers",
    hidden: "{n} hidden",
    all: "Show all",
    none: "Hide all",
    default: "Back to the usual layers",
    basemap: "Basemap",
    own: "City map",
    overlays: "Images and themes",
    opacity: "Opacity",
    noLayer: "No layer of that name",
    notHere: "Nothing of it here, or at this scale",
    failed: "This tool could not be loaded. Try again.",
    loading: "Loading…",
  },
} as const satisfies Record<Language, Record<string, string>>;

export type DeskWords = (typeof WORDS)[Language];

/** Puts values into the places of a text: `{n} hidden`. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
