#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/generator.h"
#include "tests/simulation/items.h"

namespace segue::simulation {

// A count: `members` get it as it is, as a path, or as an expression.
void Generator::AddCount(const Place& place, Members& members, const std::string& name, int below) {
  if (Chance(0.7)) {
    members.emplace_back(name, Below(below));
  } else if (place.is_jsonata()) {
    members.emplace_back(name, "{% $states.input.n %}");
  } else {
    members.emplace_back(name + "Path", "$.n");
  }
}

void Generator::AddTolerance(const Place& place, Members& members) {
  const int drawn = Below(10);
  if (drawn < 3) {
    AddCount(place, members, "ToleratedFailureCount", 3);
  } else if (drawn < 5) {
    members.emplace_back("ToleratedFailurePercentage", Below(11) * 10);
  }
}

// What makes a Map a Map Run.
void Generator::AddRun(Place& place, Members& members, Block& inner) {
  inner.outer = nullptr;
  inner.has_token = false;
  const bool express = Chance(0.35);
  if (express) inner.type = WorkflowShape::Type::kExpress;
  if (Chance(0.4)) {
    AddWriter(place, members, inner);
  } else if (Chance(0.3)) {
    members.emplace_back("Label", absl::StrCat("L", names_made_++));
  }
  if (!Chance(0.3)) return;
  inner.input = Block::Input::kBatch;
  Members batch;
  Put(place, batch, "n", Computed(place, "$.n", "$states.input.n"));
  members.emplace_back("ItemBatcher",
                       Json::Of({{"MaxItemsPerBatch", 1 + Below(3)},
                                 {"BatchInput", Json(Json::Object(std::move(batch)))}}));
}

std::string Generator::Bucket() const { return is_predictable() ? kSteadyBucket : kShakyBucket; }

// The label tells whoever looks at the results what they are.
void Generator::AddWriter(Place& place, Members& members, Block& inner) {
  const char* const transformations[] = {"NONE", "COMPACT", "FLATTEN"};
  const std::string transformation = transformations[Below(3)];
  if (transformation == "FLATTEN") inner.output = Block::Output::kItems;
  members.emplace_back("Label",
                       absl::StrCat(std::string(1, kWritingRun), transformation, names_made_++));
  Members arguments = {{"Bucket", Bucket()}};
  if (Chance(0.7)) arguments.emplace_back("Prefix", Chance(0.5) ? "results" : "results/");
  Members writer = {
      {"Resource", "arn:aws:states:::s3:putObject"},
      {place.is_jsonata() ? "Arguments" : "Parameters", Json(Json::Object(std::move(arguments)))}};
  if (transformation != "NONE" || Chance(0.5)) {
    writer.emplace_back("WriterConfig", Json::Of({{"OutputType", Chance(0.5) ? "JSON" : "JSONL"},
                                                  {"Transformation", transformation}}));
  }
  members.emplace_back("ResultWriter", Json(Json::Object(std::move(writer))));
}

void Generator::AddReader(Place& place, Members& members, const ItemForm& form) {
  const bool lists = form.item == ItemForm::Item::kListed;
  Members arguments = {{"Bucket", Bucket()}};
  const std::string name = lists ? "Prefix" : "Key";
  if (Chance(0.3)) {
    Put(place, arguments, name,
        Computed(place, absl::StrCat("States.Format('", form.name, "-{}', $.n)"),
                 absl::StrCat("'", form.name, "-' & $string($states.input.n)")));
  } else {
    arguments.emplace_back(name, ObjectKey(form.name, Below(kObjectsOfForm)));
  }
  Members reader = {
      {"Resource", absl::StrCat("arn:aws:states:::s3:", lists ? "listObjectsV2" : "getObject")},
      {place.is_jsonata() ? "Arguments" : "Parameters", Json(Json::Object(std::move(arguments)))}};
  Members config;
  if (form.config.is_object()) config = form.config.object().members();
  if (Chance(0.4)) AddCount(place, config, "MaxItems", 4);
  if (!config.empty()) reader.emplace_back("ReaderConfig", Json(Json::Object(std::move(config))));
  members.emplace_back("ItemReader", Json(Json::Object(std::move(reader))));
}

// What of a Map's item, as its ItemSelector sees it.
Generator::Value Generator::OfItem(const Place& place, const std::string& path) const {
  return Computed(place, absl::StrCat("$$.Map.Item.", path),
                  absl::StrCat("$states.context.Map.Item.", path));
}

void Generator::AddSelector(Place& place, Members& members, ItemForm::Item item) {
  Members selector;
  switch (item) {
    case ItemForm::Item::kPlain:
      Put(place, selector, "n", OfItem(place, "Value.n"));
      Put(place, selector, "items", OfItem(place, "Value.items"));
      break;
    case ItemForm::Item::kText:
      for (const std::string name : {"n", "items"}) {
        Put(place, selector, name,
            Computed(place, absl::StrCat("States.StringToJson($$.Map.Item.Value.", name, ")"),
                     absl::StrCat("$parse($states.context.Map.Item.Value.", name, ")")));
      }
      break;
    case ItemForm::Item::kListed:
      Put(place, selector, "n", OfItem(place, "Value.Size"));
      Put(place, selector, "object", OfItem(place, "Value.Key"));
      selector.emplace_back("items", Json(Json::Array()));
      break;
  }
  if (item != ItemForm::Item::kPlain) Put(place, selector, "source", OfItem(place, "Source"));
  Put(place, selector, "index", OfItem(place, "Index"));
  Put(place, selector, "above", Any(place));
  members.emplace_back("ItemSelector", Json(Json::Object(std::move(selector))));
}

Members Generator::Map(Place& place) {
  Members members = {{"Type", "Map"}};
  Block inner = Inside(place);
  const bool may_run = place.block.type == WorkflowShape::Type::kStandard;
  const bool distributed = may_run && Chance(place.block.depth == 0 ? 0.4 : 0.15);
  if (distributed) AddRun(place, members, inner);
  ItemForm::Item item = ItemForm::Item::kPlain;
  if (distributed && Chance(0.4)) {
    const ItemForm& form = ItemForms()[random_.Below(ItemForms().size())];
    item = form.item;
    AddReader(place, members, form);
  } else {
    members.emplace_back(place.is_jsonata() ? "Items" : "ItemsPath",
                         place.is_jsonata() ? "{% $states.input.items %}" : "$.items");
  }
  const bool express = inner.type != place.block.type;
  Json processor = Sequence(inner);
  if (distributed) {
    processor = processor.With(
        "ProcessorConfig",
        Json::Of({{"Mode", "DISTRIBUTED"}, {"ExecutionType", express ? "EXPRESS" : "STANDARD"}}));
  }
  members.emplace_back("ItemProcessor", std::move(processor));
  if (Chance(0.6)) AddCount(place, members, "MaxConcurrency", 4);
  AddTolerance(place, members);
  if (item != ItemForm::Item::kPlain || Chance(0.3)) AddSelector(place, members, item);
  const Value result = Computed(place, "$", "$states.result");
  AddResult(place, members, result);
  AddAssign(place, members, result);
  AddErrorHandling(place, members);
  return members;
}

}  // namespace segue::simulation
