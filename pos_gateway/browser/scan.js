/** The camera as a scanner: frames of a video, read by zxing, each code reported once. */

import { address } from "./addresses.js";
import { closeCamera, hasTorch, NoCamera, openCamera, setTorch } from "./camera.js";
import { firstSeen } from "./repeats.js";

export { NoCamera };

const WITHOUT_FRAME_CALLBACK_MS = 100;

/** Reads codes off the camera while it runs. */
export class Scanner {
  #video;
  #onText;
  #onProblem;
  #load;
  #stream = null;
  #run = 0;

  /**
   * @param {HTMLVideoElement} video where the picture is shown
   * @param {(text: string) => void} onText called with each code, not twice within two seconds
   * @param {object} [by]
   * @param {(problem: "lost" | "no_reader") => void} [by.onProblem] the camera was taken away, or
   *   the reader could not be loaded
   * @param {() => Promise<{readCode: (picture: ImageData) => Promise<string | null>}>} [by.load]
   */
  constructor(video, onText, { onProblem = () => {}, load = loadReader } = {}) {
    this.#video = video;
    this.#onText = onText;
    this.#onProblem = onProblem;
    this.#load = load;
  }

  /** Whether the camera runs. */
  get running() {
    return this.#stream !== null;
  }

  /** Whether the camera that runs has a lamp. */
  get hasTorch() {
    return this.#stream !== null && hasTorch(this.#stream);
  }

  /**
   * Show the picture and read codes off it until stopped.
   * @returns {Promise<void>} once the picture moves
   * @throws {NoCamera} `problem` is refused, no_camera, busy or unsupported
   */
  async start() {
    this.stop();
    const run = this.#run;
    const stream = await openCamera();
    if (run !== this.#run) {
      closeCamera(stream); // stopped, or started again, while the person was asked
      return;
    }
    this.#stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.#fail(run, "lost"));
    Object.assign(this.#video, { playsInline: true, muted: true, srcObject: stream });
    await this.#video.play().catch(() => {}); // refused only where it was stopped meanwhile
    this.#read(run, firstSeen());
  }

  /** Let go of the camera. Nothing is reported after this. */
  stop() {
    this.#run += 1;
    if (this.#stream) closeCamera(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /**
   * @param {boolean} lit
   * @returns {Promise<boolean>} whether the lamp did as asked
   */
  async torch(lit) {
    return this.#stream !== null && setTorch(this.#stream, lit);
  }

  #fail(run, problem) {
    if (run !== this.#run) return;
    this.stop();
    this.#onProblem(problem);
  }

  async #read(run, isNew) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    try {
      const { readCode } = await this.#load();
      while (run === this.#run) {
        await nextFrame(this.#video);
        const frame = run === this.#run && frameOf(this.#video, canvas, context);
        const text = frame && (await readCode(frame));
        if (text && run === this.#run && isNew(text, performance.now())) this.#onText(text);
      }
    } catch {
      this.#fail(run, "no_reader");
    }
  }
}

function loadReader() {
  return import(address("scanner.js"));
}

function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else setTimeout(resolve, WITHOUT_FRAME_CALLBACK_MS);
  });
}

function frameOf(video, canvas, context) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return undefined;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, width, height);
}
