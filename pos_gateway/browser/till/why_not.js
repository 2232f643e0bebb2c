/** Why a till without a line refuses, in words: what is the matter, and what to do next. */

import { say } from "../words.js";

/**
 * @param {string} problem of InvalidCode, or of NotOffline
 * @returns {{title: string, nextStep: string}}
 */
export function whyNot(problem) {
  const [title, nextStep] = of(problem);
  return { title, nextStep };
}

function of(problem) {
  const again = say("请会员刷新会员码，再扫一次。", "Ask for a fresh code and scan again.");
  const full = say("请按原价收款。", "Charge the full price.");
  switch (problem) {
    case "expired":
      return [say("会员码已过期", "The code has expired"), again];
    case "not_yet_valid":
      return [say("会员码还没生效", "The code is not valid yet"), say("请看手机和收银端的时间对不对。", "See whether phone and till show the right time.")];
    case "check_character":
      return [say("号码输入有误", "There is a mistake in the number"), say("请对照卡面重新输入。", "Compare it with the card and type it again.")];
    case "malformed":
      return [say("这不是会员码", "This is no code of a card"), say("请扫会员出示的红卡二维码。", "Scan the code the member shows in hongka.")];
    case "dead_card":
      return [say("这张卡已挂失或停用", "This card was blocked or has ended"), say("不能使用。请会员联系工会。", "It cannot be used. The member should ask the union.")];
    case "dead_device":
      return [say("这部手机已不再代表这张卡", "This phone no longer stands for the card"), say("请会员用现在的手机，或出示塑料卡。", "The member should use their present phone, or the plastic card.")];
    case "print_unknown":
      return [say("塑料卡现在要联网核对", "A plastic card needs a network now"), say("请会员出示手机上的会员码，或按原价收款。", "Ask for the code on the member's phone, or charge the full price.")];
    case "seen":
      return [say("这个会员码刚用过", "This code was used already"), again];
    case "undone":
      return [say("这一笔已被撤销", "This one was undone since"), full];
    case "count":
      return [say("离线笔数已用完", "The offline count is used up"), full];
    case "amount":
      return [say("离线优惠额度不够", "The offline amount is used up"), full];
    case "hours":
      return [say("离线太久", "Offline for too long"), say("请连上网络，现在请按原价收款。", "Connect to a network; until then charge the full price.")];
    case "never_synced":
    case "not_allowed":
      return [say("现在不能离线核销", "Nothing may be redeemed offline now"), full];
    case "ticket":
      return [say("验票要联网", "Tickets need a network"), say("请连上网络再扫一次。", "Connect to a network and scan again.")];
    default:
      return [say("会员码无效", "The code is not valid"), again];
  }
}
