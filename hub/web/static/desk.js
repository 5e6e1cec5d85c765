// The desk's overview, renewed every five seconds without moving what is being read.
const live = document.getElementById("live");
const status_line = document.getElementById("status");
const POLL_MS = 5000;

const told = (part) => part.querySelector("[data-tell]").textContent.replace(/\s+/g, " ").trim();

function show(html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  if (told(fresh) !== told(live)) status_line.textContent = told(fresh);
  // Whoever is about to press a button keeps it under the finger.
  const busy = live.contains(document.activeElement);
  if (!busy && fresh.textContent !== live.textContent) live.innerHTML = html;
}

async function renew() {
  try {
    const answer = await fetch(live.dataset.from, { redirect: "error" });
    if (answer.status === 403) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    if (status_line.textContent === status_line.dataset.silence) status_line.textContent = "";
    show(await answer.text());
  } catch {
    status_line.textContent = status_line.dataset.silence;
  }
  setTimeout(renew, POLL_MS);
}

setTimeout(renew, POLL_MS);
