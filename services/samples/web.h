#pragma once

#include <string>

#include "services/samples/http_conduct.h"

namespace segue::samples {

// What runs behind the HTTP port, one service a file. All handlers keep a reference to `conduct`.

// POST /notify: a customer is told something; body {"order_id", "text"}.
HttpServer::Handler MakeNotification(const HttpConduct& conduct);

// GET /health/<name>: "slow..." takes 300 ms, "hangs..." 10 s, "down..." answers 503; all others
// are well, and so is GET /health, this process.
HttpServer::Handler MakeHealth(const HttpConduct& conduct);

// POST /csv/<file>: appends {"row": [...]} or {"rows": [[...], ...]} to <csv_dir>/<file>. A value
// {"from": time, "to": time} is written as the milliseconds between the two.
HttpServer::Handler MakeCsv(const HttpConduct& conduct, std::string csv_dir);

// GET /records?page=<n>: pages 1 to 3 of a sensor's readings, {"records": [...], "next": n + 1 or
// null}; some readings are bad.
HttpServer::Handler MakeRecords(const HttpConduct& conduct);

// POST /load: stores {"records": [...]}; GET /load: how many there are.
HttpServer::Handler MakeWarehouse(const HttpConduct& conduct);

// All of them, and:
//   GET, DELETE /ledger        every call so far, JSON lines (?service=payment); forgets them
//   GET /switches              how each service behaves, and what it has to do
//   PUT /switches/<service>    see ReadBehaviour
HttpServer::Handler MakeWeb(const HttpConduct& conduct, Ledger& ledger, Switches& switches,
                            const std::string& csv_dir);

}  // namespace segue::samples
