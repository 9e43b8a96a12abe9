// Small comforts; the page works without them. Nothing is stored and nothing is sent from here.
"use strict";

const problem = document.getElementById("error");
if (problem) problem.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

function mark(number, on) {
  for (const part of document.querySelectorAll(`[data-number="${number}"]`)) part.classList.toggle("lit", on);
}

for (const part of document.querySelectorAll("[data-number]")) {
  const number = part.dataset.number;
  for (const [name, on] of [["pointerenter", true], ["pointerleave", false], ["focusin", true], ["focusout", false]]) {
    part.addEventListener(name, () => mark(number, on));
  }
}

for (const marker of document.querySelectorAll(".marker")) {
  marker.addEventListener("click", () => {
    const entry = document.getElementById(`c${marker.dataset.number}`);
    if (entry) entry.scrollIntoView({ block: "center" });
  });
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => form.setAttribute("aria-busy", "true"));
}
