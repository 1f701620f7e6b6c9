#pragma once

// What a run has measured, for people and for programs. Pure.

#include <boost/json/value.hpp>
#include <string>

#include "clients/load/run.h"

namespace segue::load {

// How the run's kind of work is called: "executions" or "calls".
struct ReportOptions {
  std::string title;
  std::string unit = "executions";
};

std::string ReportText(const LoadResult& result, const ReportOptions& options);

// Field names end in their unit.
boost::json::object ReportJson(const LoadResult& result);

// Completed per second of the window.
double Throughput(const LoadResult& result);

}  // namespace segue::load
