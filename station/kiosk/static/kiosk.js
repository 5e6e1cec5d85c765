// Swaps the screen when the station says so, and sends what is pressed. Nothing is decided here.
"use strict";

const form = document.getElementById("screen");
const news = document.getElementById("news");
const SAME_BUTTON_MS = 300;
const REFUSED_MS = 3000;
let last = {name: "", at: 0};

function show(html) {
  const active = document.activeElement;
  const held = active && active.name ? `[name="${active.name}"][value="${active.value}"]` : "";
  const before = form.querySelector("main").dataset.state;
  form.innerHTML = html;
  const look = form.querySelector("header").dataset;
  const root = document.documentElement;
  root.lang = look.lang;
  root.dataset.theme = look.theme;
  root.classList.toggle("large", look.large === "yes");
  const main = form.querySelector("main");
  const heading = main.querySelector("h1");
  const moved = main.dataset.state !== before;
  main.classList.toggle("fresh", moved);
  if (moved) news.textContent = heading.textContent;
  const kept = held && !moved && form.querySelector(held);
  const target = form.querySelector(".chosen") || kept || (moved && heading);
  if (target) target.focus({preventScroll: true});
  const newest = main.querySelector(".rows li:last-child");
  if (newest) newest.scrollIntoView({block: "nearest"});
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  // A trembling finger presses twice; digits of a PIN may well be alike.
  if (button.name === "button" && button.value === last.name &&
      performance.now() - last.at < SAME_BUTTON_MS) return;
  last = {name: button.value, at: performance.now()};
  fetch("/press", {method: "POST", body: new URLSearchParams({[button.name]: button.value})});
});

function listen() {
  const stream = new EventSource("/events");
  stream.addEventListener("screen", (event) => show(event.data));
  // A stream that was cut is taken up by the browser; one that was refused only by us.
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, REFUSED_MS);
  });
}

listen();
