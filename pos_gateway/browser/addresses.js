// Where a file of the build lies, with the hash of its content; `ADDRESSES` comes from build.mjs.

/** The address of a file that was built in an earlier turn; throws for any other name. */
export function address(name) {
  const found = ADDRESSES[name];
  if (found === undefined) throw new Error(`no address for ${name}: see TURNS in build.mjs`);
  return found;
}
