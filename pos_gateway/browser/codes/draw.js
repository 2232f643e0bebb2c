/** A text as a QR picture: black on white in every mode, since inverted codes are not read. */

import encodeQR from "qr";

const SVG = "http://www.w3.org/2000/svg";
const QUIET_ZONE = 4;

/**
 * An SVG of the code, at level M, with its quiet zone. Its size is the page's business.
 * @param {string} text capitals, digits, space and $%*+-./: only
 * @param {string} label what it is, for who cannot see it
 * @returns {SVGSVGElement}
 * @throws {Error} where the text has another character or is too long
 */
export function drawCode(text, label) {
  const rows = encodeQR(text, "raw", { ecc: "medium", encoding: "alphanumeric", border: QUIET_ZONE });
  const drawing = element("svg", {
    viewBox: `0 0 ${rows.length} ${rows.length}`,
    "shape-rendering": "crispEdges",
    role: "img",
    "aria-label": label,
  });
  const square = `M0 0h${rows.length}v${rows.length}H0z`;
  drawing.append(
    element("path", { fill: "#fff", d: square }),
    element("path", { stroke: "#000", d: strokes(rows) }),
  );
  return drawing;
}

/**
 * The dark modules as horizontal strokes, one for each run.
 * @param {boolean[][]} rows
 * @returns {string}
 */
export function strokes(rows) {
  let path = "";
  rows.forEach((row, top) => {
    for (let left = row.indexOf(true); left >= 0; ) {
      const end = row.indexOf(false, left); // every row ends in the quiet zone
      path += `M${left} ${top}.5h${end - left}`;
      left = row.indexOf(true, end);
    }
  });
  return path;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
