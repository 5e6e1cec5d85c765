// Moves simulated tags, keys and plugs. Dragging is a convenience: choose and put does the same.
"use strict";

const LOOK_MS = 500;
const at = (selector) => document.querySelector(selector);
const told = at("#told");
let chosen = null;
let seen = "";
let known = {};

async function ask(path, body) {
  const options = body && {method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify(body)};
  const answer = await fetch(`/bench/${path}`, options);
  const said = await answer.json();
  told.textContent = said.error || "";
  if (body) look();
  return said;
}

function make(tag, text, attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(text);
  return made;
}

function choose(name) {
  chosen = chosen === name ? null : name;
  for (const button of document.querySelectorAll("#tags button")) {
    button.setAttribute("aria-pressed", String(button.dataset.tag === chosen));
  }
  for (const put of document.querySelectorAll(".put")) {
    put.disabled = !chosen;
    put.textContent = chosen ? `Put ${chosen} here` : "Put it here";
  }
}

function tray(tags) {
  known = Object.fromEntries(tags.map((tag) => [tag.name, tag]));
  seen = "";
  for (const tag of tags) {
    const about = [tag.title || tag.patron, tag.pin && `PIN ${tag.pin}`].filter(Boolean).join(", ");
    const button = make("button", tag.name, {type: "button", draggable: true, className: tag.kind});
    button.dataset.tag = tag.name;
    button.setAttribute("aria-pressed", "false");
    if (about) button.append(make("small", about));
    button.addEventListener("click", () => choose(tag.name));
    button.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", tag.name));
    at("#tags").append(button);
  }
}

for (const reader of document.querySelectorAll(".reader")) {
  const name = reader.dataset.reader;
  const put = (tag) => ask("place", {reader: name, tag});
  reader.querySelector(".put").addEventListener("click", () => put(chosen).then(() => choose(chosen)));
  reader.addEventListener("dragover", (event) => { event.preventDefault(); reader.classList.add("over"); });
  reader.addEventListener("dragleave", () => reader.classList.remove("over"));
  reader.addEventListener("drop", (event) => {
    event.preventDefault();
    reader.classList.remove("over");
    put(event.dataTransfer.getData("text/plain"));
  });
}

function lying(placed) {
  for (const reader of document.querySelectorAll(".reader")) {
    const name = reader.dataset.reader;
    const list = reader.querySelector("ul");
    list.replaceChildren(...(placed[name] || []).map((tag) => {
      const item = make("li", make("span", tag));
      const about = known[tag]?.title || known[tag]?.patron;
      if (about) item.firstChild.append(make("small", about));
      const take = make("button", "Take away", {type: "button"});
      take.setAttribute("aria-label", `Take away ${tag}`);
      take.addEventListener("click", () => ask("remove", {reader: name, tag}));
      item.append(take);
      return item;
    }));
  }
}

function spoken(heard) {
  at("#heard").replaceChildren(...heard.slice().reverse().map((one) => {
    const item = make("li", make("span", one.text, {lang: one.lang}));
    const how = [one.lang, one.engine, `${Math.round(one.ms_to_first_sound)} ms`];
    item.append(make("small", how.concat(one.cut ? "cut off" : []).join(" · ")));
    const play = make("button", "Play", {type: "button"});
    play.setAttribute("aria-label", `Play: ${one.text.slice(0, 40)}`);
    play.addEventListener("click", () => new Audio(`/bench/heard/${one.id}.wav`).play());
    item.append(play);
    return item;
  }));
}

async function look() {
  const state = await (await fetch("/bench/state")).json();
  const now = JSON.stringify(state);
  if (now === seen) return;
  seen = now;
  at("#lamp").dataset.pattern = state.lamp;
  at("#lamp b").textContent = state.lamp;
  at("#owed").textContent = state.owed;
  at("#headphones").setAttribute("aria-pressed", String(state.headphones));
  at("#line").setAttribute("aria-pressed", String(state.line));
  lying(state.placed);
  spoken(state.heard);
}

for (const key of document.querySelectorAll("[data-key]")) {
  key.addEventListener("click", () => ask("key", {key: key.dataset.key}));
}
const isOn = (button) => button.getAttribute("aria-pressed") === "true";
at("#headphones").addEventListener("click", (event) => ask("headphones", {in: !isOn(event.currentTarget)}));
at("#line").addEventListener("click", (event) => ask("line", {up: !isOn(event.currentTarget)}));
at("#find").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const button of document.querySelectorAll("#tags button")) {
    button.hidden = !button.textContent.toLowerCase().includes(wanted);
  }
});

// The screen keeps its own pixels and is shown smaller, as from a step away.
new ResizeObserver(([box]) => {
  const screen = at("iframe");
  const scale = box.contentRect.width / screen.width;
  screen.style.transform = `scale(${scale})`;
  box.target.style.height = `${screen.height * scale + 4}px`;
}).observe(at("#frame"));

ask("tags").then(tray);
look();
setInterval(() => look().catch(() => { told.textContent = "The station does not answer."; }), LOOK_MS);

at("#scan")?.addEventListener("submit", (event) => {
  event.preventDefault();
  ask("scan", {text: new FormData(event.currentTarget).get("text")});
  event.currentTarget.reset();
});
