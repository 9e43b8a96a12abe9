/* The checks of a plan, and the calls that are written down while the page is open: kept in the page, gone with it. */
const CALLS = [];
let notHandedOver = 0;
const DISCHARGE = [
  ["first_appointment_on", "First appointment", "day"], ["refill_by", "Refill-by day of the clinic", "day"],
  ["accepted_by", "Who at the next clinic said yes", "text"], ["accepted_on", "On which day", "day"],
  ["npi", "NPI of the next clinician", "text"],
  ["authorisation", "Authorisation", "choice", [["unknown", "not known"], ["needed", "needed"], ["not_needed", "not needed"]]],
  ["requested_on", "Requested on", "day"], ["decision_days", "Working days for a decision", "number"],
  ["authorised_from", "Authorised from", "day"], ["authorised_until", "Authorised until", "day"],
  ["drive", "Minutes each way", "number"], ["transport", "Somebody will drive", "flag"], ["weeks", "Weeks between refills", "number"],
  ["hospital", "Local emergency hospital", "text"], ["hospital_told", "It was told of the pump", "flag"],
  ["hospital_has_drug", "It can get the drug", "flag"], ["in_network", "Clinician is in the payer's network", "flag"],
  ["network_exception_on", "Network exception granted on", "day"],
];
const FLAGS = [["", "not known"], ["yes", "yes"], ["no", "no"]];
const inTenThousandths = (id) => (given(id) === null ? null : Math.round(Number(given(id)) * TICKS_A_MINUTE));

function field(prefix, [name, label, kind, choices]) {
  const id = `${prefix}-${name}`, box = make("span"), options = kind === "flag" ? FLAGS : choices;
  box.append(make("label", label, { for: id }));
  if (!options) {
    const type = kind === "number" ? { type: "number", step: "any", min: "0" } : { maxlength: "100" };
    box.append(make("input", null, { id, ...type, ...(kind === "day" ? { "aria-describedby": `${id}-said`, placeholder: "12/20/2026" } : {}) }));
  } else {
    const select = make("select", null, { id });
    for (const [value, words] of options) select.append(make("option", words, { value }));
    box.append(select);
  }
  if (kind === "day") box.append(make("p", "", { class: "said", id: `${id}-said`, "aria-live": "polite" }));
  return box;
}

function flagOf(id) {
  return byId(id).value === "" ? null : byId(id).value === "yes";
}

/* Whether the clinician is active, as this file knows it. */
function activityOf(npi) {
  const words = DATA.words, person = DATA.people.find((entry) => entry.id === npi);
  if (person) return person.activity;
  return { result: "unknown", why: words[npi ? "discharge.npi_unknown" : "discharge.not_named"],
    next_step: words[npi ? "discharge.call_them" : "discharge.name_them"], until: null };
}

function planOf() {
  const plan = { drive_ticks: inTenThousandths("check-drive"), interval_weeks: inTenThousandths("check-weeks") };
  if (plan.interval_weeks !== null) plan.interval_weeks = Math.max(1, plan.interval_weeks);
  for (const [name, , kind] of DISCHARGE) {
    const id = `check-${name}`;
    if (kind === "day") plan[name] = dayOf(id);
    else if (kind === "flag") plan[name] = flagOf(id);
    else if (kind !== "number") plan[name] = byId(id).value.trim();
  }
  plan.decision_days = given("check-decision_days") === null ? null : Math.trunc(Number(given("check-decision_days")));
  return Object.values(plan).includes(undefined) ? null : plan;
}

function checkDischarge(event) {
  event.preventDefault();
  const pump = pumpOf(), plan = planOf(), out = byId("check-answer");
  if (plan === null || pump === undefined) {
    document.querySelector("[aria-invalid=true]").focus();
    return;
  }
  const timeline = ask("timeline.reckon", { ...pump, today: isoToday(), limits: DATA.refill.limits, words: DATA.words });
  const found = ask("discharge.check", {
    today: isoToday(), plan, activity: activityOf(plan.npi), timeline, limits: DATA.discharge_limits, words: DATA.words,
  });
  const list = make("ol", null, { class: "checks" });
  for (const one of found.checks) {
    const item = make("li", null, { class: one.result });
    item.append(make("b", `${one.result.toUpperCase()} · ${one.name}: `), `${one.why}. `, make("span", `Next: ${one.next_step}`, { class: "why" }));
    list.append(item);
  }
  out.replaceChildren(...(found.first_line ? [make("p", found.first_line, { class: "check" })] : []), make("p", found.headline, { class: `sum ${found.colour}` }), list);
  out.focus();
}

function checkHome(event) {
  event.preventDefault();
  const found = ask("home_refill.check", {
    payer: byId("home-payer").value, dose_is_stable: flagOf("home-stable"), companies: null, words: DATA.words,
  });
  byId("home-answer").replaceChildren(make("p", `Refill at home: ${found.chance.toUpperCase()}`, { class: "sum" }),
    ...found.reasons.map((reason) => make("p", reason)), line("Next:", found.next_step));
  byId("home-answer").focus();
}

/* Whom the last answer named, for the call that is written down. */
function offerCalls(found, entries) {
  const select = byId("call-who");
  select.replaceChildren(make("option", "choose", { value: "" }));
  for (const row of found.tiers.flatMap((tier) => tier.rows)) {
    select.append(make("option", `${row.number}. ${row.name}, ${row.town}`, { value: String(entries[row.place].site) }));
  }
}

function showCalls() {
  byId("calls").replaceChildren(...CALLS.map((call) => make("li", [call.date, call.npi, DATA.outcomes[call.outcome] || call.outcome,
    call.answered_by, call.visit_weeks ? `${call.visit_weeks} weeks` : "", call.note].filter(Boolean).join(" · "))));
  byId("call-said").textContent = notHandedOver ? `${notHandedOver} written down here and not handed over yet: they are gone when this page closes.` : "";
}

/* What is left to choose of a call, or the question whether it is to be written, which names clinician, site and answer. */
function callQuestion() {
  const who = byId("call-who"), outcome = byId("call-outcome").value, site = Number(who.value);
  if (who.options.length < 2) return { lacks: "Ask for a ZIP first: the list names whom to call." };
  if (who.value === "") return { lacks: "Choose whom you called." };
  if (outcome === "") return { lacks: "Choose what was answered." };
  const name = who.selectedOptions[0].textContent.replace(/^\d+\. /, "");
  return { asks: `Write this? ${name} (NPI ${DATA.sites.npi[site]}): ${DATA.outcomes[outcome]}. Press “Write down” again.` };
}

/* A call is written at the second press, while the question still names what stands in the fields. */
let askedOfCall = "";
function writeCall(event) {
  event.preventDefault();
  const { lacks, asks } = callQuestion();
  if (lacks || askedOfCall !== asks) {
    askedOfCall = lacks ? "" : asks;
    byId("call-said").textContent = lacks || asks;
    return;
  }
  askedOfCall = "";
  const site = Number(byId("call-who").value);
  CALLS.push({
    npi: DATA.sites.npi[site], outcome: byId("call-outcome").value, date: isoToday(), source: "phone", site_id: DATA.sites.site_id[site],
    answered_by: byId("call-answered").value.trim(), logged_by: byId("call-logged").value.trim(),
    visit_weeks: byId("call-weeks").value.trim(), asked_age: byId("age").value, note: byId("call-note").value.trim(),
  });
  notHandedOver += 1;
  for (const id of ["call-who", "call-outcome", "call-answered", "call-weeks", "call-note"]) byId(id).value = "";
  showCalls();
}

/* The file for the team: `deserts log verifications import` reads it. */
function handOver() {
  const { text } = ask("call_log.sheet", { entries: CALLS });
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  make("a", null, { href: address, download: `calls-${isoToday()}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  notHandedOver = 0;
  showCalls();
}

async function takeIn(event) {
  const [file] = event.target.files;
  if (!file) return;
  const { entries, problem } = ask("call_log.read_sheet", { text: await file.text() });
  const keyOf = (call) => ["npi", "outcome", "date", "site_id", "answered_by", "note"].map((name) => call[name]).join("\n");
  const known = new Set(CALLS.map(keyOf));
  CALLS.push(...entries.filter((call) => !known.has(keyOf(call))));
  event.target.value = "";
  showCalls();
  if (problem) byId("call-said").textContent = problem;
}

function printCallSheet() {
  const boxes = [...document.querySelectorAll("#list .more")], were = boxes.map((box) => box.open);
  for (const box of boxes) box.open = true;
  document.body.classList.add("call-sheet");
  window.print();
  document.body.classList.remove("call-sheet");
  boxes.forEach((box, i) => { box.open = were[i]; });
}

function askBeforeClosing(event) {
  if (notHandedOver) event.preventDefault();
}

function openTools() {
  if (DATA.refill) {
    byId("check-fields").append(...DISCHARGE.map((one) => field("check", one)));
    byId("check").addEventListener("submit", checkDischarge);
    byId("home").addEventListener("submit", checkHome);
  }
  byId("call-outcome").append(make("option", "choose", { value: "" }));
  for (const [name, words] of Object.entries(DATA.outcomes)) byId("call-outcome").append(make("option", `${name}: ${words}`, { value: name }));
  byId("call").addEventListener("submit", writeCall);
  byId("hand-over").addEventListener("click", handOver);
  byId("take-in").addEventListener("change", takeIn);
  byId("print-sheet").addEventListener("click", printCallSheet);
  window.addEventListener("beforeunload", askBeforeClosing);
}
