/** A map without tiles: places as dots at scale, north up, with a bar that says how far. */

import { say } from "../words.js";
import { button, drawn, element } from "./element.js";
import { distanceWords } from "./near.js";

const WIDTH = 360;
const HEIGHT = 300;
const MARGIN = 34;
const APART = 30; // dots nearer than this are one, with a number
const METRES_A_DEGREE = 111_195;
const LEAST_METRES = 400;
const DOTS_MAX = 300;
const BARS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

/**
 * @typedef {{id: string, name: string, position: {latitude: number, longitude: number}}} Dot
 */

/**
 * The map of these places.
 * @param {Dot[]} dots
 * @param {object} by
 * @param {Dot["position"] | null} by.here where the phone is
 * @param {boolean} by.picked whether these are not all places
 * @param {(ids: string[] | null) => void} by.onPick called with the places of a dot, null for all
 * @returns {HTMLElement}
 */
export function drawMap(dots, { here, onPick, picked }) {
  const shown = dots.slice(0, DOTS_MAX);
  const view = viewOf([...shown.map(({ position }) => position), ...(here ? [here] : [])]);
  const label = say("{n} 个地点的地图。下面的清单内容相同。",
      "A map of {n} places. The list below says the same.", { n: shown.length });
  const marks = clusters(shown, view).map((one) => mark(one, onPick));
  const drawing = drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": label },
    drawn("rect", { class: "ground", width: WIDTH, height: HEIGHT, rx: 12 }),
    ...grid(view),
    ...(here ? [hereMark(place(here, view))] : []),
    ...marks,
    north(),
    bar(view),
  );
  walkable(marks);
  const all = picked && button(say("显示全部地点", "Show all places"), () => onPick(null));
  return element("div", {}, drawing, all);
}

/** The middle of what is shown, and how many metres one unit of the drawing is. */
function viewOf(positions) {
  const ends = (name) => {
    const values = positions.map((position) => position[name]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [south, northmost] = ends("latitude");
  const [west, east] = ends("longitude");
  const latitude = (south + northmost) / 2;
  const shrunk = Math.cos((latitude * Math.PI) / 180);
  const wide = Math.max((east - west) * METRES_A_DEGREE * shrunk, LEAST_METRES);
  const high = Math.max((northmost - south) * METRES_A_DEGREE, LEAST_METRES);
  const metres = Math.max(wide / (WIDTH - 2 * MARGIN), high / (HEIGHT - 2 * MARGIN));
  return { latitude, longitude: (west + east) / 2, shrunk, metres };
}

function place({ latitude, longitude }, view) {
  const east = (longitude - view.longitude) * METRES_A_DEGREE * view.shrunk;
  const up = (latitude - view.latitude) * METRES_A_DEGREE;
  return { x: WIDTH / 2 + east / view.metres, y: HEIGHT / 2 - up / view.metres };
}

function clusters(dots, view) {
  const found = [];
  for (const dot of dots) {
    const at = place(dot.position, view);
    const near = found.find(({ x, y }) => Math.hypot(x - at.x, y - at.y) < APART);
    if (near) near.dots.push(dot);
    else found.push({ ...at, dots: [dot] });
  }
  return found;
}

function mark({ x, y, dots }, onPick) {
  const [first] = dots;
  const named = { name: first.name, n: dots.length - 1 };
  const label = dots.length === 1 ? first.name : say("{name}，另有 {n} 处",
      "{name} and {n} more", named);
  const pick = () => onPick(dots.map(({ id }) => id));
  const press = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    pick();
  };
  return drawn(
    "g",
    {
      class: "dot",
      role: "button",
      tabindex: "-1",
      "aria-label": label,
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
      onclick: pick,
      onkeydown: press,
    },
    drawn("circle", { class: "touch", r: 20 }),
    drawn("circle", { r: dots.length === 1 ? 8 : 13 }),
    dots.length > 1 && drawn("text", { y: 4.5 }, String(dots.length)),
    drawn("title", {}, label),
  );
}

/** One stop of the Tab key for all dots; arrow keys go from one to the next. */
function walkable(marks) {
  marks[0]?.setAttribute("tabindex", "0");
  marks.forEach((one, at) => {
    one.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = marks[(at + step + marks.length) % marks.length];
      one.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
}

function hereMark({ x, y }) {
  return drawn(
    "g",
    { class: "here", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    drawn("circle", { r: 14 }),
    drawn("circle", { r: 6 }),
    drawn("text", { y: -18 }, say("我", "me")),
  );
}

function grid(view) {
  const step = barMetres(view) / view.metres;
  const lines = [];
  for (let x = WIDTH / 2 % step; x < WIDTH; x += step) lines.push(`M${x.toFixed(1)} 0V${HEIGHT}`);
  for (let y = HEIGHT / 2 % step; y < HEIGHT; y += step) lines.push(`M0 ${y.toFixed(1)}H${WIDTH}`);
  return [drawn("path", { class: "grid", d: lines.join("") })];
}

function north() {
  return drawn(
    "g",
    { class: "north", transform: `translate(${WIDTH - 22} 24)` },
    drawn("path", { d: "M0 -14 6 6 0 2 -6 6z" }),
    drawn("text", { y: 20 }, say("北", "N")),
  );
}

function barMetres({ metres }) {
  return BARS.filter((one) => one / metres <= WIDTH / 3).at(-1) ?? BARS[0];
}

function bar(view) {
  const metres = barMetres(view);
  const width = (metres / view.metres).toFixed(1);
  return drawn(
    "g",
    { class: "bar", transform: `translate(14 ${HEIGHT - 14})` },
    drawn("path", { d: `M0 -6V0H${width}V-6` }),
    drawn("text", { x: 4, y: -8 }, distanceWords(metres)),
  );
}
