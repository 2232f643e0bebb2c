// The pages of a till.
import { openDialogs } from "./dialogs.js";

openDialogs();
