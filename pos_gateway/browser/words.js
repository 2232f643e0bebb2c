// The language of the page, and a text in it.

/** "zh" or "en": that of the page; in a worker, which has none, that of the browser. */
export function tongue() {
  const named = globalThis.document?.documentElement.lang ?? navigator.language;
  return named.startsWith("en") ? "en" : "zh";
}

/** A text for a person, in both languages; `{name}` in it becomes `named.name`. */
export function say(zh, en, named = {}) {
  const text = tongue() === "en" ? en : zh;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(named[name] ?? whole));
}

/** An amount in minor units with two decimals, by thousands: 300000 becomes 3,000.00. */
export function money(minor) {
  const text = String(Math.abs(minor)).padStart(3, "0");
  return `${minor < 0 ? "−" : ""}${text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${text.slice(-2)}`;
}

/** An amount in minor units as it is spoken of: 3000 becomes 30 元, or ¥30. */
export function yuan(minor) {
  const amount = money(minor).replace(/\.00$/, "");
  return tongue() === "en" ? `¥${amount}` : `${amount} 元`;
}
