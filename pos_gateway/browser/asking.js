// Asking the API: JSON there and back, and every failure as a Problem with words for a person.
import { endsAfter } from "./timeout.js";
import { say, tongue } from "./words.js";

const TIMEOUT_MS = 10_000;
const WAIT_SECONDS_MAX = 5;
const BUSY = new Set([429, 503]);
const REPEATABLE = new Set(["GET", "PUT"]);

/** Why a question has no answer: `title` and `nextStep` for people, `reason` for programs. */
export class Problem extends Error {
  constructor({ reason, title, next_step: nextStep, status = 0, particulars = {} }) {
    super(title);
    this.name = "Problem";
    Object.assign(this, { reason, title, nextStep, status, particulars });
  }

  /** Whether the question may never have arrived: ask again, with the same id. */
  get isUnanswered() {
    return this.status === 0;
  }
}

/**
 * Asks `/api/v1` + path and returns the body of the answer; throws a Problem.
 *
 * What may safely be asked twice (GET, PUT) is, once, where the gateway says it is busy.
 * `headers` are sent as well; `timeoutMs` is for each of the two.
 */
export async function ask(method, path, body, { headers = {}, timeoutMs = TIMEOUT_MS } = {}) {
  const asked = {
    method,
    headers: { Accept: "application/json", "Accept-Language": tongue(), ...headers },
    body: body == null ? undefined : JSON.stringify(body),
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
  };
  if (body != null) asked.headers["Content-Type"] = "application/json";
  let answer = await send(path, asked, timeoutMs);
  if (BUSY.has(answer.status) && REPEATABLE.has(method)) {
    await pause(Number(answer.headers.get("Retry-After")) || 1);
    answer = await send(path, asked, timeoutMs);
  }
  return read(answer);
}

async function send(path, asked, timeoutMs) {
  try {
    return await fetch(`/api/v1${path}`, { ...asked, signal: endsAfter(timeoutMs) });
  } catch {
    throw new Problem(navigator.onLine ? unreachable() : offline());
  }
}

async function read(answer) {
  let body = null;
  try {
    const text = await answer.text();
    body = text === "" ? null : JSON.parse(text);
  } catch {
    throw new Problem(unreachable());
  }
  if (answer.ok) return body;
  throw new Problem(body?.reason ? body : { ...unreachable(), status: answer.status });
}

function pause(seconds) {
  const milliseconds = Math.min(seconds, WAIT_SECONDS_MAX) * 1_000;
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

function offline() {
  return {
    reason: "offline",
    title: say("手机没有网络", "This device is offline"),
    next_step: say("连上网络后再试一次。", "Connect to a network, then try again."),
  };
}

function unreachable() {
  return {
    reason: "unreachable",
    title: say("没有收到答复", "No answer came"),
    next_step: say("网络可能不好，请再试一次；不会重复办理。",
      "The network may be bad. Try again: nothing is done twice."),
  };
}
