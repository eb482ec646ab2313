/** ALTCHA's proof of work: the number that, behind the salt, has the wanted digest. */
import { sha256 } from "./sha256";

export interface Sum {
  readonly challenge: string;
  readonly salt: string;
  readonly most: number;
}

export function solve(challenge: string, salt: string, most: number): number | null {
  for (let number = 0; number <= most; number += 1) if (sha256(`${salt}${number}`) === challenge) return number;
  return null;
}
