// The member's pages.
import { openDialogs } from "./dialogs.js";

openDialogs();
