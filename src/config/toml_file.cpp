#include "config/toml_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace godwit {
namespace {

constexpr std::size_t file_size_max = 1u << 20;

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Result<void> section(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        if (!prefix.empty()) return refuse(node, name, "sections are one deep");
        if (Result<void> read = section(*inner, name + "."); !read) return read;
        continue;
      }
      TomlEntry entry{name, {}, where(node), false};
      if (const toml::array* array = node.as_array()) {
        entry.is_quoted = true;
        for (const toml::node& item : *array) {
          const auto text = item.value_exact<std::string>();
          if (!text) return refuse(item, name, "an array holds texts in quotation marks");
          if (text->find(',') != std::string::npos) {
            return refuse(item, name, "an item cannot contain a comma");
          }
          entry.value += (entry.value.empty() ? "" : ",") + *text;
        }
      } else if (const auto text = node.value_exact<std::string>()) {
        entry.is_quoted = true;
        entry.value = *text;
      } else if (const auto number = node.value_exact<std::int64_t>()) {
        entry.value = std::to_string(*number);
      } else if (const auto truth = node.value_exact<bool>()) {
        entry.value = *truth ? "true" : "false";
      } else {
        return refuse(node, name, "write a text, a whole number, true, false or an array of texts");
      }
      entries_.push_back(std::move(entry));
    }
    return {};
  }

  std::vector<TomlEntry> take() { return std::move(entries_); }

 private:
  std::string where(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }
  std::unexpected<Error> refuse(const toml::node& node, const std::string& name,
                                std::string_view why) const {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {} (from {})", name, why, where(node)));
  }

  std::string path_;
  std::vector<TomlEntry> entries_;
};

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max,
                              bool trimmed) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto refuse = [&](ErrorCode code, std::string_view why) {
    return fail(code, fmt::format("cannot read {}: {}", path.string(), why));
  };
  if (file < 0) return refuse(ErrorCode::not_found, std::strerror(errno));
  std::string content;
  char buffer[8192];
  ssize_t got = 0;
  while ((got = ::read(file, buffer, sizeof buffer)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || content.size() > size_max) break;
    content.append(buffer, static_cast<std::size_t>(got));
  }
  const int error = got < 0 ? errno : 0;
  ::close(file);
  if (error != 0) return refuse(ErrorCode::not_found, std::strerror(error));
  if (content.size() > size_max) {
    return refuse(ErrorCode::invalid_argument, fmt::format("it is larger than {} bytes", size_max));
  }
  if (trimmed) content.erase(content.find_last_not_of(" \t\r\n") + 1);
  return content;
}

Result<std::vector<TomlEntry>> read_toml_file(const std::filesystem::path& path) {
  const Result<std::string> content = read_file(path, file_size_max, false);
  if (!content) return std::unexpected(content.error());
  const toml::parse_result parsed = toml::parse(*content, path.string());
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(ErrorCode::invalid_argument, fmt::format("{} (from {}:{})", error.description(),
                                                         path.string(), error.source().begin.line));
  }
  Reader reader(path.string());
  if (Result<void> read = reader.section(parsed.table(), ""); !read) {
    return std::unexpected(read.error());
  }
  return reader.take();
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace godwit
