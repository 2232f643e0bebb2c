/** How far places are, worked out on the phone: where it is, nobody else is told. */

import { say } from "../words.js";

const EARTH_METRES = 6_371_000;
const WAIT_MS = 15_000;

/**
 * Where this phone is.
 * @returns {Promise<{latitude: number, longitude: number}>} degrees
 * @throws {Error} with words for a person
 */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) {
      reject(new Error(say("这部手机不能定位。", "This phone cannot tell where it is.")));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude }),
      ({ code }) => reject(new Error(code === 1 ? refused() : nowhere())),
      { timeout: WAIT_MS, maximumAge: 60_000 },
    );
  });
}

/** The position of a place, or null where it is unknown. */
export function positionOf({ latitude_microdegrees: latitude, longitude_microdegrees: longitude }) {
  if (latitude === null || longitude === null) return null;
  return { latitude: latitude / 1e6, longitude: longitude / 1e6 };
}

/** Metres between two positions, along the great circle. */
export function metresBetween(one, other) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const up = Math.sin(radians(other.latitude - one.latitude) / 2);
  const across = Math.sin(radians(other.longitude - one.longitude) / 2);
  const cosines = Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude));
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(up * up + cosines * across * across));
}

/** A distance as it is spoken of: 350 米, 1.2 公里. */
export function distanceWords(metres) {
  if (metres < 995) {
    const rounded = Math.max(10, Math.round(metres / 10) * 10);
    return say("{rounded} 米", "{rounded} m", { rounded });
  }
  const kilometres = metres < 9_950 ? (metres / 1000).toFixed(1) : Math.round(metres / 1000);
  return say("{kilometres} 公里", "{kilometres} km", { kilometres });
}

function refused() {
  return say("没有得到定位许可。要按远近排，请在浏览器设置里允许定位。",
      "You have not allowed it. To sort by distance, allow it in the settings of your browser.");
}

function nowhere() {
  return say("现在定不了位，请稍后再试。", "The position is not known now. Try again later.");
}
