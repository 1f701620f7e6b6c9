#include <algorithm>
#include <utility>

#include "server/language/definition/state.h"
#include "server/language/text.h"

// A Map's processor, and the fields that only a distributed Map has (States Language, "Map State";
// Developer Guide, "Using Map state in Distributed mode").

namespace segue::language {
namespace {

constexpr size_t kLabelLengthMax = 40;  // characters
constexpr int64_t kReaderItemsMax = 100'000'000;

void CompileProcessorConfig(const Node& node, StateContext* context, MapState* map) {
  Fields fields(node, &context->faults());
  const auto mode = fields.Enum("Mode", {"INLINE", "DISTRIBUTED"});
  if (mode == "DISTRIBUTED") {
    map->mode = MapState::Mode::kDistributed;
    const auto type = fields.Enum("ExecutionType", {"STANDARD", "EXPRESS"});
    if (type == "EXPRESS") map->execution_type = MapState::ExecutionType::kExpress;
  }
  fields.Finish(context->language.language());
}

// The characters that names must not have either (API reference, CreateStateMachine).
bool IsForbiddenInLabel(std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c <= 0x20 || c == 0x7F) return true;
  if (c == 0xC2 && at + 1 < text.size()) {
    return static_cast<unsigned char>(text[at + 1]) < 0xA0;  // U+0080 to U+009F
  }
  return std::string_view("?*<>{}[]\"#%\\^|~`$&,;:/").find(text[at]) != std::string_view::npos;
}

std::string CompileLabel(StateContext* context) {
  const Node* node = context->fields.String("Label");
  if (node == nullptr) return "";
  const std::string& label = node->string();
  const auto fault = [&](std::string message) {
    context->faults().Add(node->position(), kInvalidLabelName, std::move(message));
  };
  if (label.empty()) fault("Label cannot be empty");
  if (CharacterCount(label) > kLabelLengthMax) fault("Label cannot exceed 40 characters");
  for (size_t i = 0; i < label.size(); ++i) {
    if (!IsForbiddenInLabel(label, i)) continue;
    fault(
        "Label contains an invalid character: white space, control characters and "
        "? * < > { } [ ] \" # % \\ ^ | ~ ` $ & , ; : / are not allowed");
    break;
  }
  return label;
}

// Resource with what it is called with.
std::optional<Resource> CompileCall(Fields* fields, StateContext* context,
                                    ExpressionPtr* arguments) {
  *arguments = context->language.CompileCallArguments(fields);
  const Node* node = fields->String("Resource");
  return node == nullptr ? std::nullopt : CompileResource(*node, context);
}

Json CompileReaderConfig(const Node& node, StateContext* context, ItemReader* reader) {
  Fields fields(node, &context->faults());
  const auto type = fields.Enum("InputType", {"CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"});
  const bool any = context->compilation().options.resources == Resources::kAnyUri;
  if (type == "PARQUET" && !any) {
    context->faults().Schema(node, "This server cannot read items of the InputType PARQUET");
  }
  fields.Enum("ManifestType", {"ATHENA_DATA", "S3_INVENTORY"});
  fields.Enum("Transformation", {"NONE", "LOAD_AND_FLATTEN"});
  fields.Enum("CSVDelimiter", {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"});
  const auto header = fields.Enum("CSVHeaderLocation", {"FIRST_ROW", "GIVEN"});
  if (header == "GIVEN") fields.Require({"CSVHeaders"});
  if (const Node* names = fields.NonEmptyArray("CSVHeaders")) {
    CheckStrings(*names, &context->faults());
  }
  fields.String("ItemsPointer");
  reader->max_items =
      context->language.CompileInteger(&fields, "MaxItems", {.min = 0, .max = kReaderItemsMax});
  fields.Finish(context->language.language());
  return node.ToJson();
}

std::optional<ItemReader> CompileItemReader(StateContext* context) {
  const Node* node = context->fields.Object("ItemReader");
  if (node == nullptr) return std::nullopt;
  Fields fields(*node, &context->faults());
  fields.Require({"Resource"});
  ItemReader reader;
  if (auto resource = CompileCall(&fields, context, &reader.arguments)) {
    reader.resource = *std::move(resource);
  }
  if (const Node* config = fields.Object("ReaderConfig")) {
    reader.config = CompileReaderConfig(*config, context, &reader);
  }
  fields.Finish(context->language.language());
  return reader;
}

std::optional<ItemBatcher> CompileItemBatcher(StateContext* context) {
  const Node* node = context->fields.Object("ItemBatcher");
  if (node == nullptr) return std::nullopt;
  Fields fields(*node, &context->faults());
  const FieldCompiler& language = context->language;
  ItemBatcher batcher;
  batcher.items_max = language.CompileInteger(&fields, "MaxItemsPerBatch", {});
  batcher.input_bytes_max = language.CompileInteger(&fields, "MaxInputBytesPerBatch", {});
  const bool limited = fields.Has("MaxItemsPerBatch") || fields.Has("MaxItemsPerBatchPath") ||
                       fields.Has("MaxInputBytesPerBatch") ||
                       fields.Has("MaxInputBytesPerBatchPath");
  if (!limited) {
    context->faults().Schema(*node,
                             "There should be one of the following fields: "
                             "[MaxItemsPerBatch, MaxInputBytesPerBatch]");
  }
  if (const Node* input = fields.Object("BatchInput")) {
    batcher.batch_input = language.CompileTemplate(*input, &context->faults());
  }
  fields.Finish(language.language());
  return batcher;
}

std::optional<ResultWriter> CompileResultWriter(StateContext* context) {
  const Node* node = context->fields.Object("ResultWriter");
  if (node == nullptr) return std::nullopt;
  Fields fields(*node, &context->faults());
  ResultWriter writer;
  writer.resource = CompileCall(&fields, context, &writer.arguments);
  if (const Node* config = fields.Object("WriterConfig")) {
    Fields config_fields(*config, &context->faults());
    config_fields.Require({"OutputType"});
    config_fields.Enum("OutputType", {"JSON", "JSONL"});
    config_fields.Enum("Transformation", {"NONE", "COMPACT", "FLATTEN"});
    config_fields.Finish(context->language.language());
    writer.config = config->ToJson();
  } else {
    fields.Require({"Resource"});
  }
  fields.Finish(context->language.language());
  return writer;
}

}  // namespace

void CompileItemProcessor(StateContext* context, MapState* map) {
  Fields& fields = context->fields;
  fields.AtMostOneOf({"ItemProcessor", "Iterator"});
  const Node* iterator = fields.Object("Iterator");
  const Node* processor = fields.Object("ItemProcessor");
  if (!fields.Has("Iterator")) fields.Require({"ItemProcessor"});
  if (processor == nullptr) processor = iterator;
  if (processor == nullptr) return;
  Fields own(*processor, &context->faults());
  if (const Node* config = own.Object("ProcessorConfig")) {
    CompileProcessorConfig(*config, context, map);
  }
  // Children of a distributed Map are executions of their own, of the type it names.
  WorkflowType type = context->block.type();
  if (map->mode == MapState::Mode::kDistributed) {
    const bool express = map->execution_type == MapState::ExecutionType::kExpress;
    type = express ? WorkflowType::kExpress : WorkflowType::kStandard;
  }
  map->processor = CompileBlock(&own, type, &context->compilation());
  own.Finish(context->language.language());
}

void CompileDataFields(StateContext* context, MapState* map) {
  map->label = CompileLabel(context);
  map->item_reader = CompileItemReader(context);
  map->item_batcher = CompileItemBatcher(context);
  map->result_writer = CompileResultWriter(context);
}

}  // namespace segue::language
