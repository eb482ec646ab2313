import { expect, test } from "vitest";
import { describe as inWords, languageOf, spanOf } from "./duration";

test.each([
  [80, "zh", "还剩 1 小时 20 分"],
  [-35, "zh", "超时 35 分"],
  [0, "zh", "还剩 0 分"],
  [60, "en", "1 h left"],
  [2 * 1440 + 3 * 60 + 59, "en", "2 d 3 h left"],
  [1440 + 5, "zh", "还剩 1 天"],
  [-1441, "en", "1 d late"],
] as const)("%i minutes in %s are “%s”", (minutes, language, words) => {
  expect(inWords(minutes, language)).toBe(words);
});

test("a span never shows more than two units", () => {
  for (let minutes = 0; minutes < 5000; minutes += 7) {
    expect(spanOf(minutes, "en").match(/\d+/g)?.length).toBeLessThanOrEqual(2);
  }
});

test("the nearest lang decides, and Chinese stands where none is named", () => {
  const page = document.createElement("div");
  page.innerHTML = '<p lang="en"><i></i></p><p lang="zh-hans"><b></b></p><u></u>';
  const within = (name: string): Element => page.querySelector(name) ?? page;
  expect([languageOf(within("i")), languageOf(within("b")), languageOf(within("u"))]).toEqual(["en", "zh", "zh"]);
});
