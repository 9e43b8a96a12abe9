/* The form on the left and the answer on the right. Nothing is stored, sent, or put into the address. */
const someTicked = (id) => [...document.querySelectorAll(`#${id} input`)].some((box) => box.checked);

/* A field's own message: a day or a place said back in words, or what is wrong with it. */
function tell(id, words, isWrong) {
  byId(`${id}-said`).textContent = words;
  byId(`${id}-said`).classList.toggle("wrong", Boolean(isWrong));
  byId(id).setAttribute("aria-invalid", isWrong ? "true" : "false");
}

/* The day of a field as YYYY-MM-DD, null when empty, undefined when it cannot be read. */
function dayOf(id) {
  if (given(id) === null) return tell(id, "") || null;
  const { day, words } = ask("typed.day", { text: given(id), today: isoToday() });
  tell(id, day === null ? "That is no day. Write it as 12/20/2026 or 2026-12-20." : words, day === null);
  return day === null ? undefined : day;
}

function zipIndexOf() {
  const { zip } = ask("typed.zip_code", { text: byId("zip").value });
  const at = DATA.zips.zip.indexOf(zip);
  if (at >= 0) {
    const kind = DATA.zips.kind[at] === "area" ? "" : " · a post-office box or a single organisation's own: the patient may live elsewhere";
    tell("zip", `${DATA.zips.place[at]}, ${DATA.zips.state[at]}${kind}`);
    return at;
  }
  const near = zip === "" ? [] : nearZips(zip);
  tell("zip", zip === "" ? "Type the five digits of a ZIP code."
    : `This file does not know that ZIP. ${near.length ? `Nearest that it knows: ${near.join(", ")}.` : "It lies outside this file's region."}`, true);
  return -1;
}

function lostOne() {
  const typed = (given("lost") || "").toLowerCase();
  if (typed === "") return tell("lost", "") || null;
  const all = [...DATA.people, ...DATA.practices];
  const found = all.find((entry) => entry.name.toLowerCase() === typed || entry.id === typed)
    || all.filter((entry) => entry.name.toLowerCase().startsWith(typed)).reduce((one, entry, i, same) => (same.length === 1 ? entry : undefined), undefined);
  tell("lost", found ? found.name : "Nobody in this file is called that, or more than one: choose from the list, or type the NPI.", !found);
  return found;
}

function pumpOf() {
  if (!DATA.refill) return null;
  const day = dayOf("day"), filled = dayOf("filled");
  if (day === undefined || filled === undefined) return undefined;
  const isDry = byId("day-kind").value === "dry";
  return {
    alarm_on: isDry ? null : day, run_dry_on: isDry ? day : null, fill: fillOf(filled), drugs: drugsOf(),
    withdrawal_signs: someTicked("withdrawal"), overdose_signs: someTicked("overdose"),
  };
}

/* What was entered; null when a field cannot be read, which then has the focus. */
function entered() {
  const fields = { zipIndex: zipIndexOf(), lost: lostOne(), pump: pumpOf() };
  const wrong = document.querySelector("#question [aria-invalid=true]");
  if (wrong) {
    wrong.focus();
    return null;
  }
  return { ...fields, audience: byId("age").value, payer: given("payer") || "", k: Number(byId("count").value) };
}

/* In an emergency 911 is what is to be dialled, wherever it stands in the sentence. */
function emergencyParts({ call, phone }) {
  const at = call.indexOf(phone);
  return [call.slice(0, at), phoneLink(phone), call.slice(at + phone.length)];
}

function firstParts({ first, old }) {
  const box = byId("first");
  box.className = first.is_emergency ? "first emergency" : "first";
  const call = make("p", null, { class: "call" });
  const at = first.phone ? first.call.lastIndexOf(first.phone) : -1;
  if (first.is_emergency) call.append(...emergencyParts(first));
  else if (at < 0) call.append(first.call);
  else call.append(first.call.slice(0, at), phoneLink(first.phone), first.call.slice(at + first.phone.length));
  box.replaceChildren(...(first.line ? [make("p", first.line, { class: "now" })] : []), ...(old && first.is_emergency ? [make("p", old)] : []), call);
}

function show(fields) {
  const { question, entries } = questionOf(fields), found = ask("desk.whole", question);
  byId("refused").hidden = !found.refused;
  byId("refused").textContent = found.refused;
  byId("answer").hidden = Boolean(found.refused);
  if (found.refused) return;
  const zips = DATA.zips, at = fields.zipIndex;
  firstParts(found);
  byId("from").textContent = `From ${zips.zip[at]} ${zips.place[at]}, ${zips.state[at]}; ${fields.audience}${fields.payer ? `; payer ${fields.payer}` : ""}${fields.lost ? `; lost: ${fields.lost.name}` : ""}. ${DATA.words["note.zip_centre"]}`;
  byId("plan").replaceChildren(...dayParts(found.timeline), ...planParts(found.plan));
  byId("list").replaceChildren(...found.notes.map((note) => make("p", note, { class: "note" })),
    ...found.tiers.flatMap((tier) => tierParts(tier, entries)), ...placeParts(found.places), ...departmentParts(found.hospitals));
  byId("map").replaceChildren(...mapParts(found, entries, at));
  offerCalls(found, entries);
  offerPapers(found, entries);
  byId("changed").hidden = true;
}

function answer(event) {
  event.preventDefault();
  const fields = entered();
  if (fields === null) return;
  show(fields);
  byId("first").focus();
  byId("first").scrollIntoView({ block: "start" });
}

/* An answer to other fields than those that now stand there says so. */
function fieldsChanged() {
  if (!byId("answer").hidden) byId("changed").hidden = false;
  for (const name of ["strength", "dose"]) {
    if (byId(name)) byId(`${name}-unit`).required = given(name) !== null;
  }
}

function sayOfData() {
  const { refused, old } = stateOfData();
  byId("refused").textContent = refused || old;
  byId("refused").hidden = !(refused || old);
  for (const button of document.querySelectorAll("#find, #tools button[type=submit]")) button.disabled = Boolean(refused);
}

async function openDesk() {
  try {
    await readData();
    ask = await startRules();
  } catch (error) {
    byId("broken").hidden = false;
    throw error;
  }
  byId("question").addEventListener("submit", answer);
  byId("question").addEventListener("input", fieldsChanged);
  byId("zip").addEventListener("change", zipIndexOf);
  byId("lost").addEventListener("change", lostOne);
  if (DATA.refill) for (const id of ["day", "filled"]) byId(id).addEventListener("change", () => dayOf(id));
  byId("print").addEventListener("click", () => window.print());
  openTools();
  openPapers();
  sayOfData();
  globalThis.desk = { data: DATA, ask, questionOf, paperQuestion };
}

openDesk();
