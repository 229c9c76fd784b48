// What a call sounds like: the browser's voices, clips, the ringing and the keys.

const PAIRS = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
};

let on = localStorage.getItem("twin-sound") !== "off";
let context = null;
let clip = null;
let queue = [];
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

export function speak(text, language) {
  if (!on || !globalThis.speechSynthesis) return;
  const said = new SpeechSynthesisUtterance(text);
  said.lang = language;
  speechSynthesis.speak(said);
}

// One sound after the other, as on the line: a sentence may be made of several.
export function play(address) {
  queue.push(address);
  if (!clip) next();
}

function next() {
  const address = queue.shift();
  clip = address ? new Audio(address) : null;
  clip?.addEventListener("ended", next);
  clip?.addEventListener("error", next);
  clip?.play().catch(() => { clip = null; queue = []; });  // nothing plays before somebody has touched the page
}

export function hush() {
  globalThis.speechSynthesis?.cancel();
  clip?.pause();
  clip = null;
  queue = [];
  ring(false);
}
