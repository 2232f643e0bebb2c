/** The camera on the counter's page: opened by a press, with its picture, lamp and troubles. */

import { byId } from "../card/element.js";
import { notify } from "../notice.js";
import { NoCamera, Scanner } from "../scan.js";
import { say } from "../words.js";

/** Opens and closes the camera; calls with each code it reads. */
export class Eye {
  #scanner;
  #lit = false;

  /** @param {(text: string) => void} onText @param {() => void} onChange */
  constructor(onText, onChange) {
    this.onChange = onChange;
    this.#scanner = new Scanner(byId("video"), onText, {
      onProblem: (problem) => {
        this.close();
        notify(...troubles()[problem]);
      },
    });
    byId("lamp").addEventListener("click", () => this.#light(!this.#lit));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.close(); // nobody is filmed unseen
    });
  }

  get isOpen() {
    return !byId("viewer").hidden;
  }

  async open() {
    byId("viewer").hidden = false;
    this.onChange();
    try {
      await this.#scanner.start();
      byId("lamp").hidden = !this.#scanner.hasTorch;
    } catch (wrong) {
      this.close();
      if (!(wrong instanceof NoCamera)) throw wrong;
      notify(...troubles()[wrong.problem]);
    }
  }

  close() {
    this.#scanner.stop();
    this.#lit = false;
    byId("viewer").hidden = true;
    byId("lamp").hidden = true;
    this.onChange();
  }

  async #light(lit) {
    if (await this.#scanner.torch(lit)) this.#lit = lit;
  }
}

function troubles() {
  const other = say("也可以用扫码枪，或手输卡号。", "A hand scanner works too, or type the number.");
  return {
    refused: [
      say("没有摄像头权限", "The camera is not allowed"), "bad",
      `${say("请在浏览器地址栏左边的设置里允许摄像头。", "Allow it in the settings beside the address bar.")} ${other}`,
    ],
    no_camera: [say("这台设备没有摄像头", "This device has no camera"), "bad", other],
    busy: [say("摄像头正被别的应用占用", "Another app is using the camera"), "bad", other],
    unsupported: [say("这个浏览器不能用摄像头", "This browser cannot use the camera"), "bad", other],
    lost: [say("摄像头断开了", "The camera was taken away"), "bad", other],
    no_reader: [say("读码程序没有加载", "The reader of codes did not load"), "bad", other],
  };
}
