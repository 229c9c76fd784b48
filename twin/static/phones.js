// The list of phones, the socket that keeps it live, and what one can do with a phone.
import * as call from "./call.js";
import { clock, drawFirstSteps, drawThread, element, weightInWords } from "./thread.js";

const $ = (id) => document.getElementById(id);
const MOST_SHOWN = 200;
const QUICK = ["1", "2", "3", "0", "?", "STOP", "START"];

const phones = new Map();
const rows = new Map();
const drafts = new Map();
let opened = "";
let total = 0;
let searching = "";
let socket = null;
let senders = [];
let languages = new Map();
let lastThread = null;

async function ask(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.problem ?? `The twin answered ${response.status}`);
  return answer;
}

const pathOf = (number, what = "") => `/twin/phones/${encodeURIComponent(number)}${what}`;

function spaced(number) {
  if (!number.startsWith("+")) return number;
  if (number.startsWith("+44")) return `+44 ${number.slice(3, 7)} ${number.slice(7)}`;
  return number.replace(/^\+(\d{3})(\d{3,4})(\d{3,4})(\d*)$/, "+$1 $2 $3 $4").trim();
}

function matches(phone) {
  if (!searching) return true;
  const last = phone.last?.body.toLocaleLowerCase() ?? "";
  return phone.number.includes(searching.replaceAll(" ", "")) || phone.language === searching || last.includes(searching);
}

// ---- the list

function drawRow(phone) {
  const known = rows.get(phone.number);
  const row = known ?? element("button", "row");
  row.type = "button";
  row.dataset.number = phone.number;
  row.setAttribute("aria-current", String(phone.number === opened));
  row.classList.toggle("has-unread", phone.unread > 0);
  const rings = phone.call?.status === "ringing" && !phone.call.begun_here;
  row.classList.toggle("is-ringing", rings);
  const last = element("span", "row-last", phone.call ? inCall(phone.call) : phone.last ? `${phone.last.mine ? "You: " : ""}${phone.last.body}` : "No texts yet");
  last.dir = "auto";
  const number = element("span", "row-number", spaced(phone.number));
  if (phone.answers_with.length) {
    const mark = element("span", "row-auto", "auto");
    mark.title = "Answers check-ins by itself";
    number.append(mark);
  }
  const troubled = phone.last?.problem;
  const badge = element("span", troubled ? "row-badge is-bad" : "row-badge", troubled ? "!" : String(phone.unread));
  badge.title = troubled ? phone.last.problem : `${phone.unread} unread`;
  badge.hidden = !troubled && phone.unread === 0;
  if (phone.call) {
    badge.className = "row-badge is-call";
    badge.textContent = "✆";
    badge.title = inCall(phone.call);
    badge.hidden = false;
  }
  row.replaceChildren(
    element("span", "row-language", phone.language),
    number,
    element("span", "row-time", phone.last ? clock(phone.last.at) : ""),
    last,
    badge,
  );
  if (!known) {
    row.addEventListener("click", () => open(phone.number));
    rows.set(phone.number, row);
  }
}

function inCall(one) {
  if (one.status === "in-progress") return "In a call";
  return one.begun_here ? "Calls us" : "Rings";
}

function drawList() {
  const shown = [...phones.values()]
    .filter(matches)
    .sort((a, b) => (b.active ?? "").localeCompare(a.active ?? ""))
    .slice(0, MOST_SHOWN);
  const box = $("rows");
  const focused = document.activeElement?.dataset?.number;
  const items = shown.map((phone) => {
    const row = rows.get(phone.number);
    if (!row.parentElement) element("li").append(row);
    return row.parentElement;
  });
  const same = items.length === box.children.length && items.every((item, place) => item === box.children[place]);
  if (!same) {
    box.replaceChildren(...items);
    if (focused) rows.get(focused)?.focus({ preventScroll: true });
  }
  const unread = [...phones.values()].reduce((sum, phone) => sum + (phone.unread ? 1 : 0), 0);
  const counted = `${total.toLocaleString("en-GB").replaceAll(",", "\u2009")} ${total === 1 ? "phone" : "phones"}`;
  $("count").textContent = total ? `${counted}${unread ? ` · ${unread} unread` : ""}` : "";
  $("more").hidden = Boolean(searching) || total <= shown.length;
  $("more").textContent = `The latest ${shown.length} are shown. Search to find the others.`;
  const rings = [...phones.values()].some((phone) => phone.picks_up === "person" && phone.call?.status === "ringing" && !phone.call.begun_here);
  document.title = `${rings ? "✆ rings · " : ""}${unread ? `(${unread}) ` : ""}Phones`;
  $("list-empty").hidden = total > 0;
  $("search-empty").hidden = total === 0 || shown.length > 0;
}

async function loadList() {
  const asked = searching;
  const answer = await ask("GET", `/twin/phones?limit=200&search=${encodeURIComponent(asked)}`);
  if (asked !== searching) return;
  phones.clear();
  take(answer.phones);
  total = answer.total;
  drawList();
}

function take(news) {
  for (const phone of news) {
    phones.set(phone.number, phone);
    drawRow(phone);
  }
}

// ---- the open phone

function open(number) {
  if (opened && opened !== number) drafts.set(opened, $("text").value);
  const before = opened;
  opened = number;
  for (const one of [before, number]) rows.get(one)?.setAttribute("aria-current", String(one === number));
  document.body.dataset.view = number ? "thread" : "list";
  $("phone").hidden = !number;
  $("pane-empty").hidden = Boolean(number);
  $("menu").open = false;
  history.replaceState(null, "", number ? `#${number}` : location.pathname);
  call.leave();
  lastThread = null;
  if (!number) return;
  $("thread").replaceChildren();
  $("thread").dataset.fresh = "yes";
  $("text").value = drafts.get(number) ?? "";
  weighText();
  drawHead();
  showLine();
  if (socket?.readyState === WebSocket.OPEN) socket.send(number);
  if (matchMedia("(min-width: 761px)").matches) $("text").focus();
}

function drawHead() {
  const phone = phones.get(opened);
  if (!phone) return;
  $("phone-number").textContent = spaced(phone.number);
  const language = languages.get(phone.language) ?? phone.language;
  const stopped = phone.opted_out.length > 0;
  const answers = phone.answers_with.length ? ` · answers by itself with ${[...new Set(phone.answers_with)].join(", ")}` : "";
  const said = stopped ? `Said STOP to ${phone.opted_out.map(spaced).join(" and ")} · ` : "";
  $("phone-note").textContent = `${said}${language}${answers}`;
  $("phone-note").classList.toggle("is-stopped", stopped);
}

function drawOpen(thread) {
  if (thread.number !== opened) return;
  const box = $("thread");
  drawHead();
  lastThread = thread;
  const past = call.draw(thread.calls);
  const entries = [...thread.entries, ...past].sort((a, b) => a.at.localeCompare(b.at));
  if (entries.length === 0) {
    drawFirstSteps(box, phones.get(opened)?.language, put);
  } else {
    drawThread(box, entries, box.dataset.fresh === "yes", callCard);
  }
  box.dataset.fresh = "no";
  const mine = thread.entries.filter((entry) => entry.mine);
  $("redeliver").disabled = mine.length === 0;
  $("redeliver").dataset.sid = mine.at(-1)?.sid ?? "";
  $("redeliver-call").disabled = thread.calls.length === 0;
  if (phones.get(opened)?.unread && document.visibilityState === "visible") ask("POST", pathOf(opened, "/read"), {});
}

// A call that is over, or rings aside, as a line in the thread with its transcript inside.
function callCard(one) {
  const card = element("details", "call-card");
  const times = `${clock(one.at)} · ${call.titleOf(one, spaced)}`;
  card.append(element("summary", "", one.ended ? `${times} · ${call.endOf(one)}` : `${times} · rings`));
  const lines = element("div", "lines");
  card.append(lines);
  call.drawLines(lines, one, false);
  return card;
}

function put(text) {
  $("text").value = text;
  weighText();
  $("text").focus();
}

function weighText() {
  const text = $("text");
  text.style.removeProperty("block-size");
  text.rows = Math.min(5, Math.max(1, text.value.split("\n").length, Math.ceil(text.value.length / 60)));
  $("weight").textContent = weightInWords(text.value) || "Enter sends, Shift and Enter begin a new line.";
  $("weight").classList.toggle("is-idle", !text.value);
  $("weight").classList.remove("is-bad");
}

async function send(body) {
  if (!body.trim() || !opened) return;
  try {
    await ask("POST", pathOf(opened, "/send"), { body, to: $("sender").value });
  } catch (error) {
    say(`Not sent: ${error.message}.`);
    $("weight").classList.add("is-bad");
  }
}

function say(words) {
  $("weight").textContent = words;
  $("weight").classList.remove("is-idle");
}

async function redeliver() {
  $("menu").open = false;
  const { replies, alert } = await ask("POST", pathOf(opened, "/redeliver"), { sid: $("redeliver").dataset.sid });
  const came = replies.length === 1 ? "1 text" : `${replies.length} texts`;
  say(alert ? `Delivered once more, and not taken (${alert}).` : `Delivered once more. The service answered with ${came}.`);
}

async function redeliverCall() {
  $("menu").open = false;
  const { status } = await ask("POST", `/twin/calls/${lastThread.calls.at(-1).sid}/redeliver`, {});
  say(status ? `Delivered once more. The service answered (${status}); nobody follows it.` : "Delivered once more, and not answered.");
}

// ---- the line of a phone: one fault of its own, set through the same knobs as tests use

async function showLine() {
  const number = opened;
  $("picks-up").value = phones.get(number)?.picks_up ?? "person";
  const { faults } = await ask("GET", "/twin/faults");
  const mine = faults.find((fault) => fault.number === number);
  if (number === opened) $("line").value = mine ? `${mine.kind}:${mine.value}` : "";
}

async function setLine() {
  const { faults } = await ask("GET", "/twin/faults");
  const others = faults.filter((fault) => fault.number !== opened);
  const [kind, value] = $("line").value.split(":");
  if (kind) others.push({ kind, value: Number(value), number: opened });
  await ask("PUT", "/twin/faults", { faults: others });
}

async function setPickup() {
  await ask("POST", "/twin/phones", { number: opened, picks_up: $("picks-up").value });
}

async function dial() {
  try {
    await call.dial(opened, $("sender").value);
  } catch (error) {
    say(`Not called: ${error.message}.`);
    $("weight").classList.add("is-bad");
  }
}

// ---- adding a phone

async function openAdd() {
  const state = await ask("GET", "/twin/state");
  $("add-number").value = state.next_number;
  $("add-problem").hidden = true;
  $("add").showModal();
  $("add-language").focus();
}

async function add(event) {
  event.preventDefault();
  const answers = $("add-answers").value;
  try {
    const { phones: added } = await ask("POST", "/twin/phones", {
      number: $("add-number").value,
      language: $("add-language").value,
      answers_with: answers ? answers.split(",") : [],
    });
    $("add").close();
    searching = $("search").value = "";
    await loadList();
    open(added[0].number);
  } catch (error) {
    $("add-problem").textContent = `Not added: ${error.message}.`;
    $("add-problem").hidden = false;
  }
}

// ---- news

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/twin/live`);
  socket.addEventListener("open", async () => {
    $("link-state").textContent = "Live";
    $("link-state").classList.add("is-live");
    await loadList();
    if (opened) socket.send(opened);
  });
  socket.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    total = news.total;
    if (news.gone.includes("")) return void loadList();
    for (const number of news.gone) {
      phones.delete(number);
      if (number === opened) open("");
    }
    take(news.phones);
    drawList();
    if (news.thread) drawOpen(news.thread);
  });
  socket.addEventListener("close", () => {
    $("link-state").textContent = "The twin stopped. Trying again…";
    $("link-state").classList.remove("is-live");
    setTimeout(connect, 1500);
  });
}

// ---- hands

function move(step) {
  const all = [...$("rows").querySelectorAll(".row")];
  const at = all.findIndex((row) => row.dataset.number === (document.activeElement?.dataset?.number ?? opened));
  all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
}

function key(event) {
  const typing = event.target.matches("input, textarea, select") || $("add").open;
  if (event.key === "Escape" && !$("add").open) {
    if ($("menu").open) $("menu").open = false;
    else if (event.target === $("search")) $("rows").querySelector(".row")?.focus();
    else if (opened) {
      const number = opened;
      open("");
      rows.get(number)?.focus();
    }
    return;
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || event.target === $("search"))) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); $("search").focus(); }
  if (event.key === "n") { event.preventDefault(); openAdd(); }
  if (/^[0-9*#]$/.test(event.key) && call.isCalling()) { event.preventDefault(); call.press(event.key); }
  if (event.key === "c" && opened && !$("dial").disabled) { event.preventDefault(); dial(); }
}

let pause = 0;
function search() {
  searching = $("search").value.trim().toLocaleLowerCase();
  clearTimeout(pause);
  pause = setTimeout(loadList, 150);
}

function wire() {
  for (const word of QUICK) {
    const button = element("button", word === "STOP" || word === "?" ? "quick-button is-apart" : "quick-button", word);
    button.type = "button";
    button.addEventListener("click", () => send(word));
    $("quick").append(button);
  }
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const body = $("text").value;
    put("");
    send(body);
  });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("composer").requestSubmit();
    }
  });
  $("text").addEventListener("input", weighText);
  $("search").addEventListener("input", search);
  $("add-open").addEventListener("click", openAdd);
  $("add-open-too").addEventListener("click", openAdd);
  $("add-cancel").addEventListener("click", () => $("add").close());
  $("add-form").addEventListener("submit", add);
  $("back").addEventListener("click", () => open(""));
  $("line").addEventListener("change", setLine);
  $("picks-up").addEventListener("change", setPickup);
  $("dial").addEventListener("click", dial);
  $("redeliver").addEventListener("click", redeliver);
  $("redeliver-call").addEventListener("click", redeliverCall);
  $("remove").addEventListener("click", () => ask("DELETE", pathOf(opened)));
  document.addEventListener("keydown", key);
  document.addEventListener("click", (event) => { if (!$("menu").contains(event.target)) $("menu").open = false; });
}

async function begin() {
  wire();
  const state = await ask("GET", "/twin/state");
  senders = state.senders.filter((sender) => sender.sms || sender.voice);
  languages = new Map(state.languages.map((language) => [language.tag, language.name]));
  for (const language of state.languages) {
    const option = element("option", "", language.name);
    option.value = option.lang = language.tag;
    option.dir = language.direction;
    $("add-language").append(option);
  }
  for (const sender of senders) {
    const option = element("option", "", spaced(sender.id));
    option.value = sender.id;
    $("sender").append(option);
  }
  const canDial = senders.some((sender) => sender.voice);
  call.begin({ ask, spaced, canDial, draw: () => lastThread && drawOpen(lastThread) });
  $("sender-label").hidden = senders.length < 2;
  $("console-link").href = new URL("/console/", state.inbound_url).href;
  $("console-link").hidden = false;
  const number = decodeURIComponent(location.hash.slice(1));
  await loadList();
  if (number && !phones.has(number)) await ask("GET", pathOf(number)).then((phone) => take([phone]), () => {});
  if (phones.has(number)) open(number);
  connect();
}

begin();
