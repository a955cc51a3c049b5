/** Which of the built-in detectors are on. */
export interface Detectors {
  readonly email: boolean;
  readonly phone: boolean;
  readonly ssn: boolean;
  readonly creditCard: boolean;
  readonly apiKey: boolean;
  readonly password: boolean;
  readonly ipAddress: boolean;
  readonly iban: boolean;
  /** Whether any of those that begin with a digit is. */
  readonly numbers: boolean;
}

/** All of them, less those that are named. */
export function detectors(off: Partial<Record<keyof Detectors, boolean>> = {}): Detectors {
  const on = (name: keyof Detectors): boolean => off[name] !== false;
  const [phone, ssn, creditCard, ipAddress] = [
    on("phone"),
    on("ssn"),
    on("creditCard"),
    on("ipAddress"),
  ];
  return {
    email: on("email"),
    phone,
    ssn,
    creditCard,
    apiKey: on("apiKey"),
    password: on("password"),
    ipAddress,
    iban: on("iban"),
    numbers: phone || ssn || creditCard || ipAddress,
  };
}
