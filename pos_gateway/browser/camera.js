/** The camera at the back of a phone, or whichever there is, and why there is none. */

/** @typedef {"refused" | "no_camera" | "busy" | "unsupported"} CameraProblem */

/** No picture can be had; `problem` says why. */
export class NoCamera extends Error {
  /** @param {CameraProblem} problem */
  constructor(problem) {
    super(problem);
    this.name = "NoCamera";
    /** @type {CameraProblem} */
    this.problem = problem;
  }
}

const PROBLEMS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "busy",
  AbortError: "busy",
};
const WANTED = {
  audio: false,
  video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
};

/**
 * Ask for the camera.
 * @returns {Promise<MediaStream>}
 * @throws {NoCamera}
 */
export async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) throw new NoCamera("unsupported");
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
  } catch (wrong) {
    throw new NoCamera(PROBLEMS[wrong.name] ?? "unsupported");
  }
}

/** @param {MediaStream} stream */
export function closeCamera(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * @param {MediaStream} stream
 * @returns {boolean} whether its camera has a lamp
 */
export function hasTorch(stream) {
  return Boolean(stream.getVideoTracks()[0]?.getCapabilities?.().torch);
}

/**
 * @param {MediaStream} stream
 * @param {boolean} lit
 * @returns {Promise<boolean>} whether the lamp did as asked
 */
export async function setTorch(stream, lit) {
  if (!hasTorch(stream)) return false;
  try {
    await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: lit }] });
    return true;
  } catch {
    return false;
  }
}
