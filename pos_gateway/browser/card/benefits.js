/** The page of what a card is good for now, and where. */

import { byId, element } from "./element.js";
import { benefitView } from "./benefit_view.js";
import { say } from "../words.js";
import { Kept } from "./kept.js";
import { drawMap } from "./map.js";
import { locate, metresBetween, positionOf } from "./near.js";
import { said } from "./said.js";

const PAGES_MAX = 20;

/** Start the page. */
export async function startBenefits({ member }) {
  const page = new BenefitsPage(await Kept.open(member));
  page.begin();
  await page.load();
}

class BenefitsPage {
  #kept;
  #answer = null;
  #here = null;
  #category = "";
  #picked = null;

  constructor(kept) {
    this.#kept = kept;
  }

  begin() {
    byId("near").hidden = false;
    byId("near").addEventListener("submit", (event) => event.preventDefault());
    byId("wanted").addEventListener("input", () => this.#show());
    byId("locate").addEventListener("click", () => this.#locate());
    byId("show-map").addEventListener("click", () => this.#toggleMap());
  }

  /** What was kept at once, then what the server says. */
  async load() {
    this.#answer = await this.#kept.get("benefits");
    if (this.#answer) this.#show();
    try {
      this.#answer = await this.#fetch();
      await this.#kept.put("benefits", this.#answer);
      this.#show();
    } catch (problem) {
      if (!problem.reason) throw problem;
      this.#failed(problem);
    }
  }

  async #fetch() {
    const first = await this.#kept.ask("GET", "/card/benefits");
    const placesOf = new Map(first.benefits.map(({ benefit, places }) => [benefit, [...places]]));
    const places = [...first.places];
    for (let next = first.next_page; next && next <= PAGES_MAX; ) {
      const page = await this.#kept.ask("GET", `/card/benefits/${next}`);
      for (const one of page.benefits) placesOf.get(one.benefit)?.push(...one.places);
      places.push(...page.places);
      next = page.next_page;
    }
    const benefits = first.benefits.map((one) => ({ ...one, places: placesOf.get(one.benefit) }));
    return { ...first, benefits, places };
  }

  #failed(problem) {
    const text = this.#answer
      ? say("没有网络，下面是上次读到的。", "No network: this is what was read last.")
      : `${problem.title} ${problem.nextStep}`;
    byId("card-state").replaceChildren(element("p", { class: "notice plain" }, text));
    if (!this.#answer) byId("found").textContent = "";
  }

  async #locate() {
    byId("locate").disabled = true;
    try {
      this.#here = await locate();
      this.#show();
    } catch (wrong) {
      const told = element("p", { class: "notice bad", role: "alert" }, wrong.message);
      byId("card-state").replaceChildren(told);
    } finally {
      byId("locate").disabled = false;
    }
  }

  #toggleMap() {
    const open = byId("map").hidden;
    byId("map").hidden = !open;
    byId("show-map").setAttribute("aria-expanded", String(open));
    if (!open) this.#picked = null;
    this.#show();
    if (open) byId("found").scrollIntoView({ block: "start" });
  }

  #pick(ids) {
    this.#picked = ids && new Set(ids);
    this.#show();
    byId("found").scrollIntoView({ block: "start" });
  }

  #show() {
    if (!this.#answer) return;
    const places = this.#places();
    this.#showCategories();
    this.#showCardState();
    const wanted = byId("wanted").value.trim().toLocaleLowerCase();
    const matching = this.#answer.benefits
      .map((benefit) => matched(benefit, { places, wanted, category: this.#category }))
      .filter((found) => found !== null);
    const usable = matching.filter(({ benefit }) => benefit.usable);
    const others = matching.filter(({ benefit }) => !benefit.usable);
    const picked = this.#picked;
    const standing = picked ? usable.map((one) => at(one, picked)).filter(isSomewhere) : usable;
    byId("found").textContent = countWords(standing.length, others.length);
    byId("benefits").replaceChildren(
      ...(this.#here ? byDistance(standing) : standing).map((one) => benefitView(one)),
      ...(others.length && !picked ? [notNow(others)] : []),
    );
    if (!byId("map").hidden) this.#showMap(standing);
  }

  #places() {
    return new Map(
      this.#answer.places.map((one) => {
        const position = positionOf(one);
        const metres = this.#here && position ? metresBetween(this.#here, position) : null;
        return [one.place, { ...one, position, metres }];
      }),
    );
  }

  #showCategories() {
    const words = new Map();
    for (const { categories } of this.#answer.places) {
      for (const { category, words: named } of categories) words.set(category, said(named));
    }
    const chip = (category, text) =>
      element(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String(this.#category === category),
          onclick: () => {
            this.#category = category;
            this.#show();
          },
        },
        text,
      );
    byId("categories").replaceChildren(
      chip("", say("全部", "All")),
      ...[...words].map(([category, text]) => chip(category, text)),
    );
  }

  #showCardState() {
    const why = this.#answer.card.why_not;
    const title = why && element("strong", {}, said(why.title));
    const told = why ? [element("p", { class: "notice bad" }, title, " ", said(why.next_step))] : [];
    byId("card-state").replaceChildren(...told);
  }

  #showMap(found) {
    const dots = new Map();
    for (const { places } of found) {
      for (const { place, merchant_name: merchant, outlet_name: outlet, position } of places) {
        if (position) dots.set(place, { id: place, name: `${merchant} ${outlet}`, position });
      }
    }
    const onPick = (ids) => this.#pick(ids);
    const by = { here: this.#here, picked: this.#picked !== null, onPick };
    const none = element("p", { class: "empty" }, say("这些地点还没有标在地图上。",
        "None of these places is on the map yet."));
    byId("map").replaceChildren(dots.size ? drawMap([...dots.values()], by) : none);
  }
}

/** A benefit and its places as far as they are asked for, nearest first; null where none is. */
function matched(benefit, { places, wanted, category }) {
  const all = benefit.places.map((id) => places.get(id)).filter(Boolean);
  const isOf = (one) => one.categories.some((named) => named.category === category);
  const here = all.filter((one) => !category || isOf(one));
  if (category && here.length === 0) return null;
  const itself = contains([benefit.title, said(benefit.kind_words), said(benefit.words)], wanted);
  const found = itself ? here : here.filter((one) => contains(wordsOf(one), wanted));
  if (!itself && found.length === 0) return null;
  const far = ({ metres }) => metres ?? Number.MAX_VALUE;
  return { benefit, places: found.sort((one, other) => far(one) - far(other)) };
}

function wordsOf(place) {
  const categories = place.categories.map(({ words }) => said(words));
  return [place.merchant_name, place.outlet_name, place.address, ...categories];
}

function contains(texts, wanted) {
  return wanted === "" || texts.some((text) => text.toLocaleLowerCase().includes(wanted));
}

function at({ benefit, places }, picked) {
  return { benefit, places: places.filter(({ place }) => picked.has(place)) };
}

function isSomewhere({ places }) {
  return places.length > 0;
}

function byDistance(found) {
  const first = ({ places }) => places[0]?.metres ?? Number.MAX_VALUE;
  return [...found].sort((one, other) => first(one) - first(other));
}

function notNow(others) {
  const title = say("现在不能用的（{n} 项）", "Not now ({n})", { n: others.length });
  return element(
    "details",
    { class: "later" },
    element("summary", {}, title),
    ...others.map((one) => benefitView(one)),
  );
}

function countWords(usable, others) {
  if (usable + others === 0) return say("没有找到。换个词，或选“全部”。",
      "Nothing found. Try another word, or choose “All”.");
  return say("现在能用 {usable} 项", "{usable} to use now", { usable });
}
