// One colour and one dash for each run: colour-blind safe, none of them that of real or generated samples.

const INKS = [
  ["#1f2933", "#eceff4"],
  ["#009e73", "#34c79b"],
  ["#b0477f", "#e79cc6"],
  ["#b07a00", "#f0b93a"],
  ["#2a93c7", "#6cc3f0"],
  ["#7a4fa3", "#b794e0"],
]; // [on light, on dark]
const DASHES = [null, "7 3", "2 3", "9 3 2 3", "4 2", "1 4"];

export const ink = (run, theme) => INKS[run % INKS.length][theme?.dark ? 1 : 0];
export const dash = (run) => DASHES[run % DASHES.length];
