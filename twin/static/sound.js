// What a call sounds like: the browser's voices, clips, the ringing and the keys.

const PAIRS = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
};

let on = localStorage.getItem("twin-sound") !== "off";
let context = null;
let sounding = null;  // what is heard now
let queue = [];       // what is heard after it, as functions that begin it and return how to stop it
let ringing = 0;

export const isOn = () => on;

export function turn(wanted) {
  on = wanted;
  localStorage.setItem("twin-sound", on ? "on" : "off");
  if (on) context ??= new AudioContext();
  if (!on) hush();
}

function tone(frequencies, seconds, loudness = 0.06) {
  if (!on) return;
  context ??= new AudioContext();
  const volume = context.createGain();
  volume.gain.value = loudness;
  volume.connect(context.destination);
  for (const frequency of frequencies) {
    const source = context.createOscillator();
    source.frequency.value = frequency;
    source.connect(volume);
    source.start();
    source.stop(context.currentTime + seconds);
  }
}

export const key = (pressed) => tone(PAIRS[pressed] ?? [], 0.15);
export const beep = () => tone([1000], 0.4);
export const busy = () => tone([425], 0.6);

export function ring(wanted) {
  if (!wanted) {
    clearInterval(ringing);
    ringing = 0;
  } else if (!ringing) {
    tone([425, 480], 1);
    ringing = setInterval(() => tone([425, 480], 1), 3000);
  }
}

// Whether this browser has a voice for a language. Browsers load their list late; an empty list is no answer.
export function hasVoice(language) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  const wanted = language.split("-")[0];
  return voices.length === 0 || voices.some((voice) => voice.lang.split(/[-_]/)[0] === wanted);
}

// One sound after the other, as on the line: a sentence may be made of several clips, and voices change.
export function speak(text, language, seconds) {
  if (!globalThis.speechSynthesis) return;
  add((over) => {
    const said = new SpeechSynthesisUtterance(text);
    said.lang = language;
    said.addEventListener("end", over);
    said.addEventListener("error", over);
    setTimeout(over, seconds * 1500 + 1000);  // a browser without a voice may never say that it is done
    speechSynthesis.speak(said);
    return () => speechSynthesis.cancel();
  });
}

export function play(address) {
  add((over) => {
    const clip = new Audio(address);
    clip.addEventListener("ended", over);
    clip.addEventListener("error", over);
    clip.play().catch(over);  // nothing plays before somebody has touched the page
    return () => clip.pause();
  });
}

function add(begin) {
  queue.push(begin);
  if (!sounding) next();
}

function next() {
  const begin = queue.shift();
  const mine = begin ? { stop: () => {} } : null;
  sounding = mine;
  if (begin) mine.stop = begin(() => { if (sounding === mine) next(); });
}

export function hush() {
  queue = [];
  const last = sounding;
  sounding = null;
  last?.stop();
  ring(false);
}
