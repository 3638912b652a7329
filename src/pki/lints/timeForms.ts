import type { StatedTime, ToBeSigned } from "../ToBeSigned.js";

const FIRST_YEAR_OF_GENERALIZED_TIME = 2050;

/** UTCTime through 2049, GeneralizedTime from 2050, to the second, in Z, without fractions (RFC 5280 §4.1.2.5). */
export function timeForms({ notBefore, notAfter }: ToBeSigned): string[] {
  return Object.entries({ notBefore, notAfter }).flatMap(([name, time]) => {
    const breach = breachOf(time);
    return breach === undefined ? [] : `${name} is ${breach}`;
  });
}

function breachOf({ form, instant }: StatedTime): string | undefined {
  if (!instant) return `no ${form} of a real date in whole seconds of UTC`;
  const demanded = instant.getUTCFullYear() < FIRST_YEAR_OF_GENERALIZED_TIME ? "UTCTime" : "GeneralizedTime";
  return form === demanded ? undefined : `written as ${form}, not ${demanded}`;
}
