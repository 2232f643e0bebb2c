// The reader of codes in pictures, apart from the pages: it weighs more than all the rest.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

import { address } from "./addresses.js";

// The library would ask a server outside for its wasm.
prepareZXingModule({ overrides: { locateFile: () => address("zxing_reader.wasm") } });

/** The text of the first QR code in a picture (ImageData), or null. */
export async function readCode(picture) {
  const [found] = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
  return found?.text || null;
}
