/** A ticket as a picture, for a member of the family who collects. */

import { drawCode } from "../codes/draw.js";
import { notify } from "../notice.js";
import { say } from "../words.js";
import { numberWords, peopleWords } from "./ticket_words.js";
import { span } from "./times.js";

const WIDTH = 720;
const HEIGHT = 980;
const CODE = 600;
const FONT = 'system-ui, "PingFang SC", "Noto Sans SC", sans-serif';

/**
 * Pass a ticket on: by the phone's own sheet where there is one, else as a file that is saved.
 * @param {object} ticket as GET /tickets tells of it
 * @param {string} code
 */
export async function pass(ticket, code) {
  const name = `${ticket.number}.png`;
  const picture = new File([await paint(ticket, code)], name, { type: "image/png" });
  const shared = { files: [picture], title: ticket.title };
  if (navigator.canShare?.(shared)) {
    await navigator.share(shared).catch((refused) => {
      if (refused.name !== "AbortError") save(picture);
    });
    return;
  }
  save(picture);
}

function save(picture) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = picture.name;
  link.click();
  URL.revokeObjectURL(link.href);
  notify(say("图片已保存，可以发给代领的人。", "The picture is saved. Send it to who collects."), "good");
}

async function paint(ticket, code) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const on = canvas.getContext("2d");
  on.fillStyle = "#fff";
  on.fillRect(0, 0, WIDTH, HEIGHT);
  on.textAlign = "center";
  write(on, ticket.title, 90, 44, true);
  write(on, span(ticket.starts_at, ticket.ends_at), 150, 28);
  write(on, `${numberWords(ticket)} · ${peopleWords(ticket)}`, 200, 30);
  paintCode(on, code);
  write(on, say("请代领人同时出示自己的会员码", "Whoever collects shows their own code as well"), 900, 26);
  write(on, say("谁拿到这张图都能用，请只发给代领的人",
      "Whoever has this picture can use it: send it to nobody else"), 945, 24);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function write(on, text, y, size, bold = false) {
  on.fillStyle = "#221a17";
  for (let smaller = size; smaller > 12; smaller -= 2) {
    on.font = `${bold ? "bold " : ""}${smaller}px ${FONT}`;
    if (on.measureText(text).width < WIDTH - 60) break;
  }
  on.fillText(text, WIDTH / 2, y);
}

function paintCode(on, code) {
  const drawing = drawCode(code, "");
  const modules = drawing.viewBox.baseVal.width;
  const size = Math.floor(CODE / modules); // whole pixels: a code is never blurred
  const strokes = new Path2D(drawing.lastElementChild.getAttribute("d"));
  on.save();
  on.translate(Math.round((WIDTH - size * modules) / 2), 240);
  on.scale(size, size);
  on.strokeStyle = "#000";
  on.lineWidth = 1;
  on.stroke(strokes);
  on.restore();
}
