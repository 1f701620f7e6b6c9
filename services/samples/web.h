#pragma once

#include <string>

#include "services/samples/http_server.h"
#include "services/samples/ledger.h"
#include "services/samples/switches.h"

namespace segue::samples {

// The HTTP side of the samples:
//
//   POST /notify               a customer is told something; body {"order_id", "text"}
//   GET  /health/<name>        "slow..." takes long, "down..." answers 503, all others are well
//   POST /csv/<file>           appends the body's "row" (a list) to <csv_dir>/<file>
//   GET  /records?page=<n>     pages 1 to 3 of readings, {"records": [...], "next": n+1 or null}
//   POST /load                 stores the body's "records"
//   GET  /ledger               every call so far, JSON lines
//   PUT  /switches/<service>   see Switches::Set
HttpServer::Handler MakeWeb(Ledger& ledger, Switches& switches, std::string csv_dir);

}  // namespace segue::samples
