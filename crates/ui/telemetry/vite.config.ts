import { page } from "../build/vite.ts";

export default page("telemetry");
