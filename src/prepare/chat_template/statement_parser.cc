#include <algorithm>

#include "prepare/chat_template/parser.h"

namespace nagare::chat_template {

Parsed<Template> parse_template(std::string_view source) {
  ASSIGN_OR_RETURN(auto tokens, tokenise(source));
  return Parser(std::move(tokens)).run();
}

Parsed<Template> Parser::run() {
  for (const char* special : {"loop", "caller", "varargs", "kwargs"}) intern(special);
  ASSIGN_OR_RETURN(Body body, parse_until({}));
  return Template{std::move(names_), std::move(body)};
}

bool Parser::at_any_name(Words names) const {
  return at(TokenKind::kName) && std::find(names.begin(), names.end(), current().text) != names.end();
}

bool Parser::skip_name(std::string_view name) {
  if (!at_name(name)) return false;
  take();
  return true;
}

bool Parser::skip(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

std::unexpected<SourceError> Parser::unexpected_token(std::string_view wanted) const {
  std::string found;
  switch (current().kind) {
    case TokenKind::kEnd:
      return error(fmt::format("unexpected end of template, expected {}", wanted));
    case TokenKind::kExpressionEnd:
      found = "end of print statement";
      break;
    case TokenKind::kBlockEnd:
      found = "end of statement block";
      break;
    case TokenKind::kData:
      found = "template data";
      break;
    default:
      found = fmt::format("'{}'", current().text);
      break;
  }
  return error(fmt::format("expected {}, got {}", wanted, found));
}

Parsed<void> Parser::expect(TokenKind kind, std::string_view description) {
  if (!skip(kind)) return unexpected_token(description);
  return {};
}

Parsed<void> Parser::expect_name(std::string_view name) {
  if (!skip_name(name)) return unexpected_token(fmt::format("'{}'", name));
  return {};
}

Parsed<std::string> Parser::take_name() {
  if (!at(TokenKind::kName)) return unexpected_token("a name");
  return take().text;
}

NameId Parser::intern(const std::string& name) {
  const auto [entry, is_new] = name_ids_.try_emplace(name, static_cast<NameId>(names_.size()));
  if (is_new) names_.push_back(name);
  return entry->second;
}

Parsed<Body> Parser::parse_until(Words end_tags) {
  Body body;
  while (!at(TokenKind::kEnd)) {
    const uint32_t line = current().line;
    if (at(TokenKind::kData)) {
      body.push_back({line, DataStatement{take().text}});
    } else if (at(TokenKind::kExpressionBegin)) {
      RETURN_IF_ERROR(parse_output(&body));
    } else {
      RETURN_IF_ERROR(expect(TokenKind::kBlockBegin, "a tag"));
      if (at_any_name(end_tags)) return body;
      ASSIGN_OR_RETURN(Statement statement, parse_statement());
      body.push_back(std::move(statement));
      RETURN_IF_ERROR(expect(TokenKind::kBlockEnd, "end of statement block"));
    }
  }
  if (end_tags.size() == 0) return body;
  return error(fmt::format("unexpected end of template: '{}' is not closed, expected '{}'", open_tags_.back(),
                           fmt::join(end_tags, "' or '")));
}

Parsed<void> Parser::parse_output(Body* body) {
  const uint32_t line = take().line;
  ASSIGN_OR_RETURN(ExpressionPtr expression, parse_tuple(true));
  RETURN_IF_ERROR(expect(TokenKind::kExpressionEnd, "end of print statement"));
  OutputStatement output;
  output.expressions.push_back(std::move(expression));
  body->push_back({line, std::move(output)});
  return {};
}

// After the tag's own expressions: the end of the tag, then everything up to the name of an end tag.
Parsed<Body> Parser::parse_block_body(Words end_tags) {
  skip(TokenKind::kColon);
  RETURN_IF_ERROR(expect(TokenKind::kBlockEnd, "end of statement block"));
  return parse_until(end_tags);
}

Parsed<Body> Parser::parse_whole_body(std::string_view end_tag) {
  ASSIGN_OR_RETURN(Body body, parse_block_body({end_tag}));
  take();
  return body;
}

Parsed<Statement> Parser::parse_statement() {
  if (!at(TokenKind::kName)) return unexpected_token("a tag name");
  if (++block_depth_ > kMaxNestedBlocks) {
    return error(fmt::format("more than {} blocks inside one another", kMaxNestedBlocks));
  }
  const Token& tag = take();
  open_tags_.push_back(tag.text);
  auto statement = parse_tag(tag.line, tag.text);
  open_tags_.pop_back();
  --block_depth_;
  return statement;
}

Parsed<Statement> Parser::parse_tag(uint32_t line, const std::string& tag) {
  if (tag == "for") return parse_for(line);
  if (tag == "if") return parse_if(line);
  if (tag == "set") return parse_set(line);
  if (tag == "with") return parse_with(line);
  if (tag == "macro") return parse_macro(line);
  if (tag == "call") return parse_call_block(line);
  if (tag == "filter") return parse_filter_block(line);
  if (tag == "block") return parse_named_block(line);
  if (tag == "autoescape") return parse_autoescape(line);
  if (tag == "print") return parse_print(line);
  if (tag == "break" || tag == "continue") return parse_loop_control(line, tag == "break");
  if (tag == "generation") {
    const uint32_t outer_loops = std::exchange(loop_depth_, 0);
    auto body = parse_whole_body("endgeneration");
    loop_depth_ = outer_loops;
    if (!body) return std::unexpected(std::move(body.error()));
    return Statement{line, ScopeStatement{std::move(*body)}};
  }
  if (tag == "include" || tag == "extends" || tag == "import" || tag == "from") {
    return error_at(line, fmt::format("'{}': a chat template cannot reach other files", tag));
  }
  return error_at(line, fmt::format("unknown tag '{}'", tag));
}

Parsed<Statement> Parser::parse_for(uint32_t line) {
  ForStatement loop;
  ASSIGN_OR_RETURN(loop.target, parse_target(false));
  RETURN_IF_ERROR(expect_name("in"));
  ASSIGN_OR_RETURN(loop.iterable, parse_tuple(false, {"recursive"}));
  if (skip_name("if")) {
    ASSIGN_OR_RETURN(loop.test, parse_expression());
  }
  loop.recursive = skip_name("recursive");
  ++loop_depth_;
  ASSIGN_OR_RETURN(loop.body, parse_block_body({"endfor", "else"}));
  --loop_depth_;
  if (take().text == "else") {
    ASSIGN_OR_RETURN(loop.otherwise, parse_whole_body("endfor"));
  }
  return Statement{line, std::move(loop)};
}

Parsed<Statement> Parser::parse_if(uint32_t line) {
  IfStatement branches;
  while (true) {
    ASSIGN_OR_RETURN(ExpressionPtr test, parse_tuple(false));
    ASSIGN_OR_RETURN(Body body, parse_block_body({"elif", "else", "endif"}));
    branches.branches.emplace_back(std::move(test), std::move(body));
    const std::string& end = take().text;
    if (end == "elif") continue;
    if (end == "else") {
      ASSIGN_OR_RETURN(branches.otherwise, parse_whole_body("endif"));
    }
    return Statement{line, std::move(branches)};
  }
}

Parsed<Statement> Parser::parse_set(uint32_t line) {
  ASSIGN_OR_RETURN(Target target, parse_target(true));
  if (skip(TokenKind::kAssign)) {
    ASSIGN_OR_RETURN(ExpressionPtr value, parse_tuple(true));
    return Statement{line, SetStatement{std::move(target), std::move(value)}};
  }
  ExpressionPtr filter;
  if (at(TokenKind::kPipe)) {
    ASSIGN_OR_RETURN(filter, parse_filter_chain(nullptr));
  }
  ASSIGN_OR_RETURN(Body body, parse_whole_body("endset"));
  return Statement{line, SetBlockStatement{std::move(target), std::move(filter), std::move(body)}};
}

Parsed<Statement> Parser::parse_with(uint32_t line) {
  WithStatement with;
  while (!at(TokenKind::kBlockEnd)) {
    if (!with.assignments.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "','"));
    ASSIGN_OR_RETURN(Target target, parse_target(false));
    RETURN_IF_ERROR(expect(TokenKind::kAssign, "'='"));
    ASSIGN_OR_RETURN(ExpressionPtr value, parse_expression());
    with.assignments.emplace_back(std::move(target), std::move(value));
  }
  ASSIGN_OR_RETURN(with.body, parse_whole_body("endwith"));
  return Statement{line, std::move(with)};
}

Parsed<Signature> Parser::parse_signature() {
  Signature signature;
  RETURN_IF_ERROR(expect(TokenKind::kLeftParen, "'('"));
  while (!at(TokenKind::kRightParen)) {
    if (!signature.parameters.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "','"));
    ASSIGN_OR_RETURN(const std::string name, take_name());
    const NameId id = intern(name);
    if (std::count(signature.parameters.begin(), signature.parameters.end(), id) > 0) {
      return error(fmt::format("two parameters are called '{}'", name));
    }
    signature.parameters.push_back(id);
    if (skip(TokenKind::kAssign)) {
      ASSIGN_OR_RETURN(ExpressionPtr value, parse_expression());
      signature.defaults.push_back(std::move(value));
    } else if (!signature.defaults.empty()) {
      return error("non-default argument follows default argument");
    }
  }
  take();
  return signature;
}

Parsed<std::shared_ptr<const MacroDefinition>> Parser::parse_macro_body(std::string name, Signature signature,
                                                                        std::string_view end_tag) {
  const uint32_t outer_loops = std::exchange(loop_depth_, 0);
  const bool outer_varargs = std::exchange(uses_varargs_, false);
  const bool outer_kwargs = std::exchange(uses_kwargs_, false);
  const bool outer_caller = std::exchange(uses_caller_, false);
  auto macro = std::make_shared<MacroDefinition>();
  macro->name = std::move(name);
  macro->signature = std::move(signature);
  ASSIGN_OR_RETURN(macro->body, parse_whole_body(end_tag));
  const auto is_parameter = [&](const std::string& special) {
    const auto& parameters = macro->signature.parameters;
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](NameId id) { return names_[id] == special; });
  };
  macro->uses_varargs = uses_varargs_ && !is_parameter("varargs");
  macro->uses_kwargs = uses_kwargs_ && !is_parameter("kwargs");
  macro->uses_caller = uses_caller_ && !is_parameter("caller");
  // What an inner macro uses, Jinja2 provides to the outer one as well.
  uses_varargs_ |= outer_varargs;
  uses_kwargs_ |= outer_kwargs;
  uses_caller_ |= outer_caller;
  loop_depth_ = outer_loops;
  return macro;
}

Parsed<Statement> Parser::parse_macro(uint32_t line) {
  ASSIGN_OR_RETURN(const std::string name, take_name());
  ASSIGN_OR_RETURN(Signature signature, parse_signature());
  const NameId id = intern(name);
  ASSIGN_OR_RETURN(auto macro, parse_macro_body(name, std::move(signature), "endmacro"));
  return Statement{line, MacroStatement{id, std::move(macro)}};
}

Parsed<Statement> Parser::parse_call_block(uint32_t line) {
  Signature signature;
  if (at(TokenKind::kLeftParen)) {
    ASSIGN_OR_RETURN(signature, parse_signature());
  }
  ASSIGN_OR_RETURN(ExpressionPtr call, parse_expression());
  if (!std::holds_alternative<CallExpression>(call->node)) return error_at(line, "expected call");
  ASSIGN_OR_RETURN(auto caller, parse_macro_body("caller", std::move(signature), "endcall"));
  return Statement{line, CallBlockStatement{std::move(call), std::move(caller)}};
}

Parsed<Statement> Parser::parse_filter_block(uint32_t line) {
  ASSIGN_OR_RETURN(ExpressionPtr filter, parse_filter(nullptr));
  if (at(TokenKind::kPipe)) {
    ASSIGN_OR_RETURN(filter, parse_filter_chain(std::move(filter)));
  }
  ASSIGN_OR_RETURN(Body body, parse_whole_body("endfilter"));
  return Statement{line, FilterBlockStatement{std::move(filter), std::move(body)}};
}

Parsed<Statement> Parser::parse_named_block(uint32_t line) {
  BlockStatement block;
  ASSIGN_OR_RETURN(block.name, take_name());
  block.scoped = skip_name("scoped");
  if (skip_name("required"))
    return error("a required block needs a child template, which chat templates have not");
  const uint32_t outer_loops = std::exchange(loop_depth_, 0);
  ASSIGN_OR_RETURN(block.body, parse_whole_body("endblock"));
  loop_depth_ = outer_loops;
  skip_name(block.name);
  return Statement{line, std::move(block)};
}

Parsed<Statement> Parser::parse_autoescape(uint32_t line) {
  AutoescapeStatement autoescape;
  ASSIGN_OR_RETURN(autoescape.enabled, parse_expression());
  ASSIGN_OR_RETURN(autoescape.body, parse_whole_body("endautoescape"));
  return Statement{line, std::move(autoescape)};
}

Parsed<Statement> Parser::parse_print(uint32_t line) {
  OutputStatement output;
  while (!at(TokenKind::kBlockEnd)) {
    if (!output.expressions.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "','"));
    ASSIGN_OR_RETURN(ExpressionPtr expression, parse_expression());
    output.expressions.push_back(std::move(expression));
  }
  return Statement{line, std::move(output)};
}

Parsed<Statement> Parser::parse_loop_control(uint32_t line, bool is_break) {
  if (loop_depth_ == 0)
    return error_at(line, fmt::format("'{}' outside a loop", is_break ? "break" : "continue"));
  return Statement{line, LoopControlStatement{is_break}};
}

Parsed<Target> Parser::parse_target(bool may_use_namespace) {
  ASSIGN_OR_RETURN(Target first, parse_single_target(may_use_namespace));
  if (!at(TokenKind::kComma)) return first;
  Target tuple;
  tuple.is_tuple = true;
  tuple.parts.push_back(std::move(first));
  while (skip(TokenKind::kComma)) {
    if (!at(TokenKind::kName) && !at(TokenKind::kLeftParen)) break;
    if (at_name("in")) break;
    ASSIGN_OR_RETURN(Target part, parse_single_target(may_use_namespace));
    tuple.parts.push_back(std::move(part));
  }
  return tuple;
}

Parsed<Target> Parser::parse_single_target(bool may_use_namespace) {
  if (at(TokenKind::kLeftParen)) {
    if (++expression_depth_ > kMaxExpressionDepth) return error("an assignment is nested too deep");
    take();
    ASSIGN_OR_RETURN(Target inner, parse_target(may_use_namespace));
    RETURN_IF_ERROR(expect(TokenKind::kRightParen, "')'"));
    --expression_depth_;
    return inner;
  }
  ASSIGN_OR_RETURN(const std::string name, take_name());
  for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
    if (name == constant) return error(fmt::format("can't assign to '{}'", name));
  }
  Target target;
  target.name = intern(name);
  if (may_use_namespace && skip(TokenKind::kDot)) {
    ASSIGN_OR_RETURN(target.attribute, take_name());
  }
  return target;
}

}  // namespace nagare::chat_template
