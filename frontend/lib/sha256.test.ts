import { expect, test } from "vitest";
import { sha256 } from "./sha256";
import { solve } from "./small-sum";

test("the digests of the standard's examples", () => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
});

test("a small sum is found, and one that cannot be is given up", () => {
  expect(solve(sha256("salt&421"), "salt&", 1000)).toBe(421);
  expect(solve(sha256("salt&421"), "salt&", 400)).toBeNull();
});
