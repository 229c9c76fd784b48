// One phone's call: who rings, what is said, the keypad. The twin runs the call; this shows it and acts on it.
import { clock, element } from "./thread.js";
import * as sound from "./sound.js";

const $ = (id) => document.getElementById(id);
const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", ""], ["#", ""]];
const ENDS = {
  completed: "ended", busy: "busy", "no-answer": "not answered", failed: "no such number", canceled: "hung up before it was answered",
};
const DOES = {
  dials: "dials", answers: "answers", rejects: "declines", "hangs up": "hangs up", "machine answers": "The answering machine takes the call",
  presses: "", says: "", rings: "The phone rings", connected: "Connected with another person",
};

let ask = null;
let pressed = Promise.resolve();  // the key before, on its way
let spaced = (number) => number;
let shown = null;      // the call in the panel
let heard = 0;         // lines of it that were spoken, or are too old to be
let ringsAside = "";   // a call somebody lets ring
let closed = "";       // a call that is over and was put away
let ticking = 0;
let canDial = false;   // one of our numbers takes calls

export function begin(tools) {
  ({ ask, spaced, canDial } = tools);
  $("dial").disabled = !canDial;
  for (const [key, letters] of KEYS) {
    const button = element("button", "key", key);
    button.type = "button";
    button.dataset.key = key;
    button.append(element("small", "", letters));
    button.addEventListener("click", () => press(key));
    $("keypad").append(button);
  }
  $("answer").addEventListener("click", () => act("answer"));
  $("reject").addEventListener("click", () => act("reject"));
  $("hang-up").addEventListener("click", () => act("hang-up"));
  $("let-ring").addEventListener("click", () => { ringsAside = shown.sid; put(null); tools.draw(); });
  $("call-close").addEventListener("click", () => { closed = shown.sid; put(null); tools.draw(); });
  $("call-sound").addEventListener("click", () => { sound.turn(!sound.isOn()); drawSound(); });
  $("speak").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("speech").value.trim();
    $("speech").value = "";
    if (text) act("say", { text });
  });
  drawSound();
}

export async function dial(number, to) {
  const call = await ask("POST", `/twin/phones/${encodeURIComponent(number)}/dial`, { to });
  closed = "";
  put(call);
}

// The calls of the open phone, oldest first. Returns those that belong into the thread.
export function draw(calls) {
  const latest = calls.findLast((call) => isLive(call) && call.sid !== ringsAside)
    ?? calls.findLast((call) => call.sid === shown?.sid && call.sid !== closed);
  put(latest ?? null);
  return calls.filter((call) => call.sid !== shown?.sid);
}

export function leave() {
  put(null);
}

export const isCalling = () => shown !== null && shown.status === "in-progress";

export function press(key) {
  if (!isCalling()) return;
  sound.hush();
  sound.key(key);
  const button = $("keypad").querySelector(`[data-key="${CSS.escape(key)}"]`);
  button?.classList.add("is-down");
  setTimeout(() => button?.classList.remove("is-down"), 150);
  // Requests of one moment may overtake each other; the keys of a telephone do not.
  pressed = pressed.then(() => act("press", { keys: key }));
}

async function act(what, body = {}) {
  if (!shown) return;
  const sid = shown.sid;
  try {
    const call = await ask("POST", `/twin/calls/${sid}/${what}`, body);
    if (shown?.sid === sid) put(call);
  } catch (error) {
    complain(`Not done: ${error.message}.`);
  }
}

const isLive = (call) => ["queued", "ringing", "in-progress"].includes(call.status);
const ringsHere = (call) => call.status === "ringing" && call.direction !== "inbound";

function put(call) {
  const before = shown;
  shown = call;
  $("call").hidden = !call;
  $("dial").disabled = !canDial || Boolean(call && isLive(call));
  $("phone").classList.toggle("is-calling", Boolean(call));
  clearInterval(ticking);
  if (!call) {
    sound.hush();
    $("lines").replaceChildren();
    return;
  }
  const isNew = call.sid !== before?.sid;
  if (isNew) {
    sound.hush();
    heard = call.transcript.findIndex((line) => Date.now() - Date.parse(line.at) < 1500);
    if (heard < 0) heard = call.transcript.length;
    $("lines").replaceChildren();
  }
  drawHead();
  ticking = isLive(call) ? setInterval(drawHead, 1000) : 0;
  drawLines($("lines"), call, !isNew);
  voice(call, before);
  $("call-ringing").hidden = !ringsHere(call);
  $("call-live").hidden = !(call.status === "in-progress" || (call.status === "ringing" && !ringsHere(call)));
  $("keypad").hidden = $("speak").hidden = call.status !== "in-progress";
  $("call-close").hidden = isLive(call);
  complain(call.alerts.map((alert) => `${alert.text} (${alert.code}).`).join(" "));
  sound.ring(ringsHere(call));
  if (ringsHere(call) && (isNew || !ringsHere(before)) && document.activeElement === document.body) $("answer").focus();
}

function complain(words) {
  $("call-problem").textContent = words;
  $("call-problem").hidden = !words;
}

function drawSound() {
  $("call-sound").textContent = sound.isOn() ? "Sound is on" : "Sound is off";
  $("call-sound").setAttribute("aria-pressed", String(sound.isOn()));
}

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

function drawHead() {
  if (!shown) return;
  $("call-title").textContent = titleOf(shown, spaced);
  $("call-note").textContent = noteOf(shown);
}

export function titleOf(call, write) {
  return call.direction === "inbound" ? `Call to ${write(call.to)}` : `Call from ${write(call.from)}`;
}

function noteOf(call) {
  if (!isLive(call)) return endOf(call);
  if (call.status === "queued") return "Waits for its turn";
  if (call.status === "ringing") return ringsHere(call) ? "Rings" : "Calling…";
  const passed = minutes(Math.max(0, (Date.now() - Date.parse(call.answered)) / 1000));
  const does = { waiting: "the service thinks", speaking: "the service speaks", listening: "it is your turn: keys or words", recording: "recording: say something, then #", connecting: "another phone rings", connected: "connected" }[call.phase];
  return `${passed} · ${does}`;
}

export function endOf(call) {
  const found = call.answered_by ? ` · taken for ${call.answered_by.replaceAll("_", " ")}` : "";
  const declined = call.status === "busy" && call.transcript.some((line) => line.verb === "rejects");
  const end = declined ? "declined" : ENDS[call.status] ?? call.status;
  return `${end[0].toUpperCase()}${end.slice(1)}${call.status === "completed" ? ` after ${minutes(call.seconds)}` : ""}${found}`;
}

// ---- the transcript

export function drawLines(box, call, animate) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  for (let place = Number(box.lastElementChild?.dataset.place ?? -1) + 1; place < call.transcript.length; place += 1) {
    if (goesOn(call, place)) {
      box.lastElementChild.querySelector(".line-text").append(" ", clipOf(call, place));
    } else {
      const made = lineOf(call, place);
      if (animate) made.classList.add("is-new");
      box.append(made);
    }
    box.lastElementChild.dataset.place = place;
  }
  const speaking = isLive(call) && call.phase === "speaking" ? call.transcript.length - 1 : -1;
  for (const line of box.children) line.classList.toggle("is-now", Number(line.dataset.place) === speaking);
  if (atEnd || !animate) box.scrollTop = box.scrollHeight;
}

const isClip = (line) => line?.who === "service" && line.verb === "Play" && line.text.includes("/");

// Clips one after the other are one speech, in one bubble.
function goesOn(call, place) {
  const [before, line] = [call.transcript[place - 1], call.transcript[place]];
  return isClip(before) && isClip(line) && before.language === line.language;
}

function clipOf(call, place) {
  const line = call.transcript[place];
  const words = line.says || line.text.split("/").at(-1).split("?")[0];
  const button = element("button", "line-play", goesOn(call, place) ? words : `♪ ${words}`);
  button.type = "button";
  button.title = "Play it again";
  button.addEventListener("click", () => { sound.hush(); sound.play(`/twin/calls/${call.sid}/sound/${place}`); });
  return button;
}

function lineOf(call, place) {
  const line = call.transcript[place];
  const made = element("div", `line is-${line.who}`);
  const words = element("span", "line-text");
  if (line.language) words.lang = line.language;
  words.dir = "auto";
  const notes = [clock(line.at)];
  if (isClip(line)) {
    words.append(clipOf(call, place));
    if (line.language) notes.push(line.language);
  } else if (line.verb === "Say") {
    words.textContent = line.text;
    notes.push(line.language);
    if (!sound.hasVoice(line.language)) notes.push("this browser has no voice for it");
  } else {
    words.textContent = inWords(line);
  }
  const isQuiet = line.who === "service" && !["Say", "Play"].includes(line.verb);
  if (isQuiet) made.classList.add("is-quiet");
  made.append(isQuiet || line.who === "provider" && line.verb !== "Say" ? document.createTextNode(words.textContent) : words);
  if (!isQuiet) made.append(element("span", "line-note", notes.join(" · ")));
  return made;
}

function inWords(line) {
  if (line.who !== "service") {
    if (line.verb === "dials") return `dials ${spaced(line.text)}`;
    return line.verb === "presses" || line.verb === "says" ? line.text : DOES[line.verb] || line.verb;
  }
  switch (line.verb) {
    case "Pause": return `${line.seconds} ${line.seconds === 1 ? "second" : "seconds"} of silence`;
    case "Play": return `keys ${line.text}`;
    case "Record": return line.text ? "beep, then it records" : "it records";
    case "Redirect": return "goes on to the next step";
    case "Reject": return line.text === "busy" ? "does not answer: busy" : "does not answer: rejected";
    case "Dial": return `rings ${line.text.split(", ").map(spaced).join(", ")}`;
    case "Hangup": case "hangs up": return "the service hangs up";
    default: return line.verb;
  }
}

// ---- its sound

function voice(call, before) {
  if (before?.sid === call.sid && isLive(before) && !isLive(call) && call.status === "busy") sound.busy();
  for (; heard < call.transcript.length; heard += 1) {
    const line = call.transcript[heard];
    if (line.who === "phone") sound.hush();
    else if (!sound.isOn()) continue;
    else if (line.verb === "Say") sound.speak(line.text, line.language, line.seconds);
    else if (isClip(line)) sound.play(`/twin/calls/${call.sid}/sound/${heard}`);
    else if (line.verb === "Record" && line.text) sound.beep();
  }
}
