#pragma once
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>
#include <vector>

#include "imagegen/domain/generation.h"
#include "imagegen/generations/world.h"
#include "net/body_source.h"

namespace godwit::imagegen {

/// What an archive holds: all images of a generation, or chosen ones.
struct ArchiveContent {
  std::string generation_id;           ///< Empty: the images of `image_ids`.
  std::vector<std::string> image_ids;  ///< In their order in the archive.
};

inline constexpr std::size_t archive_piece_max = std::size_t{256} << 10;

/// Streams a ZIP: the images, then prompts.csv and metadata.json, which tell of each image its
/// file, prompt, values and settings; of a generation also of the tasks without an image. Memory:
/// one page of tasks and a piece of 256 KiB, whatever the size of the archive. An image that is
/// removed meanwhile is left out, and metadata.json says so.
///
/// Threads: the io_context's; files are read on `readers`. Both outlive it.
std::shared_ptr<BodySource> make_image_archive(World& world, boost::asio::thread_pool& readers,
                                               ArchiveContent content);

}  // namespace godwit::imagegen
