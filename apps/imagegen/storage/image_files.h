#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {

/// What an image file is, by its first bytes and its header: PNG, JPEG or WebP.
/// Errors: invalid_argument: another format, or cut off; larger than pixels_max.
Result<ImageInfo> inspect_image(std::string_view bytes);
inline constexpr std::int64_t pixels_max = 100'000'000;

/// A WebP thumbnail, `side` pixels on the longer side (never larger than the image).
Result<std::string> make_thumbnail(std::string_view bytes, int side);

/// Image files under `directory`: images/<2 letters>/<id>.<ext>, thumbs/..., and spool/<task
/// id>-<run>: images that were received and whose task is not done yet, so that none is paid for
/// twice.
///
/// Durability: a file that save() or spool() reported is on stable storage, whole (written aside,
/// synced, renamed, the directory synced). Threads: called on the io_context; the work is done on
/// threads of its own, at most `waiting_max` pieces wait; those of the spool never behind others.
/// Ids are checked: nothing outside the directory can be named.
class ImageFiles {
 public:
  static constexpr std::size_t waiting_max = 1'000;
  static constexpr int thumbnail_side = 384;

  ImageFiles(boost::asio::io_context& io, std::string directory);
  ~ImageFiles();  ///< Waits for the work under way.

  /// Makes the directories and removes half-written files: the directory belongs to this process
  /// (Storage::open() has seen to that). Errors: unavailable.
  Result<void> open();

  /// Errors, everywhere: unavailable with the system's text (disk full).
  boost::asio::awaitable<Result<void>> spool(std::string task_id, int run, std::string bytes);
  /// nullopt: nothing is spooled.
  boost::asio::awaitable<Result<std::optional<std::string>>> spooled(std::string task_id, int run);
  boost::asio::awaitable<Result<void>> remove_spooled(std::string task_id, int run);

  /// Stores image and thumbnail as `image_id`; returns what it is. invalid_argument: not an image.
  boost::asio::awaitable<Result<ImageInfo>> save(std::string image_id, std::string bytes);
  boost::asio::awaitable<Result<std::string>> read(std::string image_id,
                                                   std::string mime);  ///< not_found
  boost::asio::awaitable<Result<std::string>> read_thumbnail(std::string image_id);
  /// Removes what there is of it.
  boost::asio::awaitable<Result<void>> remove(std::string image_id);

  /// For streaming: the path of an image that exists, or not_found.
  Result<std::string> path(std::string_view image_id, std::string_view mime) const;
  Result<std::uint64_t> free_bytes() const;
  const std::string& directory() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // Work under way holds it as well.
};

}  // namespace godwit::imagegen
