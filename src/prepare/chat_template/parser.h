// Tokens -> a Template. The grammar is Jinja2's, with the tags of chat templates: for, if, set, with, macro,
// call, filter, block, print, autoescape, raw, generation, break and continue. Tags that would reach other
// files (include, extends, import) are refused.
#pragma once

#include <unordered_map>

#include "prepare/chat_template/ast.h"
#include "prepare/chat_template/lexer.h"

namespace nagare::chat_template {

template <class T>
using Parsed = std::expected<T, SourceError>;

Parsed<Template> parse_template(std::string_view source);

// Recursive descent over the tokens, one function per rule of the grammar; statements in statement_parser.cc,
// expressions in expression_parser.cc. Nesting is bounded by budget.h, so the stack is too.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Parsed<Template> run();

 private:
  using Words = std::initializer_list<std::string_view>;

  // Tokens.
  const Token& current() const { return tokens_[position_]; }
  const Token& look_ahead() const { return tokens_[std::min(position_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return position_ + 1 < tokens_.size() ? tokens_[position_++] : tokens_.back(); }
  bool at(TokenKind kind) const { return current().kind == kind; }
  bool at_name(std::string_view name) const { return at(TokenKind::kName) && current().text == name; }
  bool at_any_name(Words names) const;
  bool skip_name(std::string_view name);
  bool skip(TokenKind kind);
  Parsed<void> expect(TokenKind kind, std::string_view description);
  Parsed<void> expect_name(std::string_view name);
  Parsed<std::string> take_name();
  std::unexpected<SourceError> error(std::string message) const {
    return error_at(current().line, std::move(message));
  }
  std::unexpected<SourceError> error_at(uint32_t line, std::string message) const {
    return std::unexpected(SourceError{line, std::move(message)});
  }
  std::unexpected<SourceError> unexpected_token(std::string_view wanted) const;

  // Statements.
  Parsed<Body> parse_until(Words end_tags);  // stops at the end tag's name; at the end of the file with none
  Parsed<Body> parse_block_body(Words end_tags);
  Parsed<Body> parse_whole_body(std::string_view end_tag);  // takes the end tag too
  Parsed<void> parse_output(Body* body);
  Parsed<Statement> parse_statement();
  Parsed<Statement> parse_tag(uint32_t line, const std::string& tag);
  Parsed<Statement> parse_for(uint32_t line);
  Parsed<Statement> parse_if(uint32_t line);
  Parsed<Statement> parse_set(uint32_t line);
  Parsed<Statement> parse_with(uint32_t line);
  Parsed<Statement> parse_macro(uint32_t line);
  Parsed<Statement> parse_call_block(uint32_t line);
  Parsed<Statement> parse_filter_block(uint32_t line);
  Parsed<Statement> parse_named_block(uint32_t line);
  Parsed<Statement> parse_autoescape(uint32_t line);
  Parsed<Statement> parse_print(uint32_t line);
  Parsed<Statement> parse_loop_control(uint32_t line, bool is_break);
  Parsed<Signature> parse_signature();
  Parsed<std::shared_ptr<const MacroDefinition>> parse_macro_body(std::string name, Signature signature,
                                                                  std::string_view end_tag);
  Parsed<Target> parse_target(bool may_use_namespace);
  Parsed<Target> parse_single_target(bool may_use_namespace);

  // Expressions.
  Parsed<ExpressionPtr> parse_expression(bool with_conditional = true);
  Parsed<ExpressionPtr> parse_conditional();
  Parsed<ExpressionPtr> parse_or();
  Parsed<ExpressionPtr> parse_and();
  Parsed<ExpressionPtr> parse_not();
  Parsed<ExpressionPtr> parse_comparison();
  Parsed<ExpressionPtr> parse_sum();
  Parsed<ExpressionPtr> parse_concatenation();
  Parsed<ExpressionPtr> parse_product();
  Parsed<ExpressionPtr> parse_power();
  Parsed<ExpressionPtr> parse_unary(bool with_filters = true);
  Parsed<ExpressionPtr> parse_primary();
  Parsed<ExpressionPtr> parse_name_expression();
  Parsed<ExpressionPtr> parse_list();
  Parsed<ExpressionPtr> parse_dict();
  Parsed<ExpressionPtr> parse_tuple(bool with_conditional, Words end_words = {}, bool in_parentheses = false);
  Parsed<ExpressionPtr> parse_postfix(ExpressionPtr expression);
  Parsed<ExpressionPtr> parse_filters_and_tests(ExpressionPtr expression);
  Parsed<ExpressionPtr> parse_attribute(ExpressionPtr object);
  Parsed<ExpressionPtr> parse_subscript(ExpressionPtr object);
  Parsed<ExpressionPtr> parse_subscript_item();
  Parsed<ExpressionPtr> parse_call(ExpressionPtr callee);
  Parsed<CallArguments> parse_call_arguments();
  Parsed<ExpressionPtr> parse_filter(ExpressionPtr input);  // at the filter's name
  Parsed<ExpressionPtr> parse_filter_chain(ExpressionPtr input);
  Parsed<ExpressionPtr> parse_test(ExpressionPtr input);
  Parsed<std::string> parse_dotted_name();

  template <class Node>
  Parsed<ExpressionPtr> make(uint32_t line, Node node);
  NameId intern(const std::string& name);

  std::vector<Token> tokens_;
  size_t position_ = 0;
  uint32_t block_depth_ = 0;
  uint32_t expression_depth_ = 0;
  uint32_t loop_depth_ = 0;  // loops around, up to the next macro
  bool in_call_body_ = false;
  bool uses_varargs_ = false, uses_kwargs_ = false, uses_caller_ = false;  // in the macro being parsed
  std::vector<std::string> open_tags_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, NameId> name_ids_;
};

}  // namespace nagare::chat_template
