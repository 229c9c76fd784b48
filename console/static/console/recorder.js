// Recording a text in the page: the microphone's sound becomes a WAV file of the telephone's quality, as the
// service takes it, and is sent with the same form as an uploaded file.
(() => {
  const RATE = 8000;
  const LONGEST = 60_000;

  const forms = document.querySelectorAll("[data-recorder]");
  const can = Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder && globalThis.OfflineAudioContext);
  let busy = null;

  function trouble() {
    document.querySelector("[data-no-microphone]").hidden = false;
  }

  async function atTelephoneRate(blob) {
    const context = new AudioContext();
    const heard = await context.decodeAudioData(await blob.arrayBuffer());
    await context.close();
    const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(heard.duration * RATE)), RATE);
    const source = offline.createBufferSource();
    source.buffer = heard;
    source.connect(offline.destination);
    source.start();
    return (await offline.startRendering()).getChannelData(0);
  }

  function wav(samples) {
    const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const word = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
    word(0, "RIFF");
    view.setUint32(4, 36 + samples.length * 2, true);
    word(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, RATE, true);
    view.setUint32(28, RATE * 2, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    word(36, "data");
    view.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, place) => {
      view.setInt16(44 + place * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
    });
    return new File([view.buffer], "recording.wav", { type: "audio/wav" });
  }

  async function send(form, pieces) {
    const files = new DataTransfer();
    files.items.add(wav(await atTelephoneRate(new Blob(pieces))));
    form.elements.sound.files = files.files;
    form.requestSubmit();
  }

  async function record(form, button) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const recorder = new MediaRecorder(stream);
    const pieces = [];
    const end = setTimeout(() => recorder.stop(), LONGEST);
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      clearTimeout(end);
      busy = null;
      stream.getTracks().forEach((track) => track.stop());
      button.disabled = true;
      send(form, pieces).catch(trouble);
    });
    recorder.start();
    button.textContent = button.dataset.stop;
    button.setAttribute("aria-pressed", "true");
    busy = recorder;
  }

  for (const form of forms) {
    const button = form.querySelector("[data-record]");
    button.hidden = !can;
    let mine = null;
    button.addEventListener("click", async () => {
      if (mine && busy === mine) {
        busy.stop();
      } else if (!busy) {
        try {
          await record(form, button);
          mine = busy;
        } catch {
          trouble();
        }
      }
    });
  }
  if (!can && forms.length) trouble();
})();
