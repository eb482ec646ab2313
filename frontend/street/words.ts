/** What street view says by itself. */
import type { Language } from "../lib/duration";

export const WORDS = {
  zh: {
    open: "街景",
    near: "街景，{m} 米外，{taken}",
    close: "关闭（Esc）",
    left: "向左转（←）",
    right: "向右转（→）",
    closer: "放大（+）",
    wider: "缩小（−）",
    next: "前往 {m} 米外",
    keys: "← → 转向，↑ ↓ 沿路前进和后退，+ − 缩放，Esc 关闭",
    loading: "正在加载",
    hint: "点击地图：打开 50 米内最近的街景，朝向所点位置。",
    gone: "该图片无法显示：可能已删除，或您的登录已过期。",
    none: "附近 50 米内没有街景。",
    plain: "此浏览器无法显示球面全景（需要 WebGL），以下为展开的平面图。",
    pano: "全景",
    photo: "照片",
    unknown: "拍摄方向不明",
    points: ["北", "东北", "东", "东南", "南", "西南", "西", "西北"],
  },
  en: {
    open: "Street view",
    near: "Street view, {m} m away, {taken}",
    close: "Close (Esc)",
    left: "Turn left (←)",
    right: "Turn right (→)",
    closer: "Closer (+)",
    wider: "Wider (−)",
    next: "Go {m} m",
    keys: "← → turn, ↑ ↓ go along the street, + − zoom, Esc closes",
    loading: "Loading",
    hint: "Click the map: the nearest picture within 50 m opens, turned towards the place.",
    gone: "This picture cannot be shown: it may be gone, or your session has ended.",
    none: "There is no street view within 50 m.",
    plain: "This browser cannot show a sphere (it needs WebGL): here is the panorama laid flat.",
    pano: "Panorama",
    photo: "Photo",
    unknown: "nobody knows where it looks",
    points: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
  },
} as const satisfies Record<Language, Record<string, string | readonly string[]>>;

export type Words = (typeof WORDS)[Language];

export function said(words: string, given: Readonly<Record<string, string | number>>): string {
  return words.replace(/\{(\w+)\}/g, (_all, name: string) => String(given[name] ?? ""));
}
