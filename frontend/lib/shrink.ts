/** Photos as a report needs them: long side 1600 px, JPEG. What a browser cannot decode goes as it is. */

export const LONG_SIDE = 1600;
const QUALITY = 0.8;
const SMALL_ENOUGH = 400_000;

/** Width and height, at most `LONG_SIDE` along the longer side. */
export function fitted(width: number, height: number): [number, number] {
  const share = Math.min(1, LONG_SIDE / Math.max(width, height, 1));
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))];
}

export async function shrunk(file: File): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const [width, height] = fitted(picture.width, picture.height);
    if (file.size <= SMALL_ENOUGH && width === picture.width && file.type === "image/jpeg") return file;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    picture.close();
    const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return small && small.size < file.size ? small : file;
  } catch {
    return file; // HEIC in a browser that does not know it
  }
}
