/** A metric as it is shown. */
export interface MetricFacts {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly string[];
  /** How the figures of several processes become one: what is in the database is the same for all. */
  together: "sum" | "max" | "min";
}

const counter = (name: string, help: string, ...labels: string[]): MetricFacts => ({ name, type: "counter", help, labels, together: "sum" });
const histogram = (name: string, help: string, ...labels: string[]): MetricFacts => ({ name, type: "histogram", help, labels, together: "sum" });
const gauge = (together: MetricFacts["together"], name: string, help: string, ...labels: string[]): MetricFacts => ({ name, type: "gauge", help, labels, together });

/** What the house tells of itself. Labels are words of closed lists, of the schema and of the configuration: nothing that a client or a customer names. */
export const metricTable = {
  requests: counter("shomei_graphql_requests_total", "GraphQL requests that were answered, by root field, type and what came of them: ok, refused, invalid, limited, fault.", "operation", "type", "outcome"),
  requestDurations: histogram("shomei_graphql_request_duration_seconds", "How long GraphQL requests took, waiting included.", "operation", "type"),
  refusals: counter("shomei_refusals_total", "Answers with this code among their userErrors.", "code"),
  errors: counter("shomei_errors_total", "Answers with this code among their top-level errors.", "code"),
  shed: counter("shomei_requests_shed_total", "Requests that were turned away because there were too many (OVERLOADED)."),
  waiting: gauge("sum", "shomei_requests_waiting", "GraphQL requests that wait for their turn."),
  http: counter("shomei_http_requests_total", "Answers of all paths but /graphql, by route and class of status.", "route", "status"),
  ocsp: counter("shomei_ocsp_answers_total", "What was said by OCSP: of each certificate that was asked for (good, revoked, unknown), or the error (malformed_request, internal_error, try_later, unauthorized).", "status"),

  databaseUp: gauge("min", "shomei_database_up", "1 where the database answered when it was last asked for the figures below, else 0."),
  connections: gauge("sum", "shomei_database_connections", "Connections to a host of the database: in_use, idle.", "host", "state"),
  connectionsMost: gauge("sum", "shomei_database_connections_limit", "How many connections to a host may be open.", "host"),
  connectionsWaited: gauge("sum", "shomei_database_connections_waiting", "Those who wait for a connection to a host.", "host"),
  writersWaiting: gauge("sum", "shomei_database_writers_waiting", "Transactions that wait for their turn to write (SQLite)."),
  waits: histogram("shomei_database_wait_seconds", "How long it took to get a connection (server) or one's turn to write (SQLite)."),
  transactions: counter("shomei_database_transactions_total", "Runs of transactions: committed, or rolled_back (refused, failed, given up).", "outcome"),
  transactionDurations: histogram("shomei_database_transaction_duration_seconds", "How long a run of a transaction took, from BEGIN to its end."),
  retries: counter("shomei_database_retries_total", "What was run again after a conflict or a lost connection: transaction, read.", "work"),
  outcomesUnknown: counter("shomei_database_outcomes_unknown_total", "COMMITs that got no answer and were looked up."),

  crlAge: gauge("min", "shomei_crl_age_seconds", "Since the thisUpdate of a CA's newest stored CRL.", "issuer"),
  crlNextUpdate: gauge("max", "shomei_crl_next_update_seconds", "Until the nextUpdate of a CA's newest stored CRL; negative when it is over.", "issuer"),
  crlEntries: gauge("max", "shomei_crl_entries", "Certificates on a CA's newest stored CRL.", "issuer"),
  caEnd: gauge("max", "shomei_ca_expiry_seconds", "Until a CA's own certificate ends; negative when it has. Of role root, issuing, or retired: an earlier one of its bank.", "issuer", "role"),
  ocspSignerEnd: gauge("min", "shomei_ocsp_signer_expiry_seconds", "Until the certificate ends by which a process answers OCSP for a CA that was asked about within the hour.", "issuer"),
  unsealed: gauge("max", "shomei_history_unsealed", "History entries that aren't sealed yet, counted no further than 10,000."),
  sealingLag: gauge("max", "shomei_history_sealing_lag_seconds", "Age of the oldest entry that isn't sealed; 0 where all are."),
  checkpointAge: gauge("max", "shomei_history_checkpoint_age_seconds", "Age of the newest checkpoint; one is signed only where the history grew."),
  checkpointLag: gauge("max", "shomei_history_checkpoint_lag_seconds", "Age of the oldest sealed entry that no checkpoint covers; 0 where all are covered."),
  outbox: gauge("max", "shomei_outbox_notices", "Mails that wait (queued) and that were given up (dead), each counted no further than 10,000.", "state"),
  outboxDue: gauge("max", "shomei_outbox_due_age_seconds", "Since when the mail is due that waits longest; 0 where none is."),
  certificates: gauge("max", "shomei_certificates", "The users' current certificates. Beyond 10,000 pending ones, how many are past their deadline is estimated.", "status"),
  certificatesEnding: gauge("max", "shomei_certificates_ending", "The users' current active certificates that end within so many days.", "within_days"),
  reissues: gauge("max", "shomei_reissues_last_hour", "Certificates that were reissued within the last hour, by whichever way; counted no further than 10,000."),
  figuresAge: gauge("max", "shomei_figures_age_seconds", "How old the figures are that come out of the database: certificates (asked each minute at most), house (all others).", "figures"),
} as const satisfies Record<string, MetricFacts>;

export type MetricKey = keyof typeof metricTable;
