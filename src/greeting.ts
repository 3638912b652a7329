import { DEMO_BANK, demoEnrollmentCodes } from "./demo/demoBank.js";
import type { Config } from "./foundation/config.js";
import { baseUrl } from "./foundation/pkiSettings.js";
import type { Ports } from "./ports.js";

/** Where the house is, and in the demo bank who may sign in: what is printed once it listens. */
export function greeting(config: Config, ports: Ports): string {
  const plain = baseUrl("http", config.host, ports.plain);
  const secure = ports.secure === undefined ? undefined : baseUrl("https", config.host, ports.secure);
  const whole = secure !== undefined && !config.isLoopback ? secure : plain;
  const lines = [`Shomei is ready at ${whole}/graphql`];
  if (secure !== undefined) lines.push(whole === plain ? `With client certificates: ${secure}/graphql` : `For relying parties: ${plain}/pki, ${plain}/ocsp`);
  if (config.graphiql !== "nobody") {
    const doors = secure === undefined || secure === whole ? [whole] : [whole, secure];
    lines.push(`GraphiQL${config.graphiql === "operators" ? " for the bank's operators" : ""}: ${doors.map((at) => `${at}/graphiql`).join(", ")}`);
  }
  if (config.demo) {
    lines.push(
      `Demo bank ${DEMO_BANK}, password ${config.demo.password} for every ID:`,
      "  keir001  Master of カシマイ",
      "  keir002  Public ID of カシマイ, approver, with an active certificate",
      "  keir003  Public ID of カシマイ, operator, without a certificate",
      `  keir101  Master of アカツキ商事, which signs in by certificate; enrollment code ${demoEnrollmentCodes.keir101}`,
      `  keir102  Public ID of アカツキ商事; enrollment code ${demoEnrollmentCodes.keir102}`,
      "  desk001, desk002  the bank's own staff, who sign in by signInOperator: one requests, the other approves",
    );
  }
  return `${lines.join("\n")}\n`;
}
