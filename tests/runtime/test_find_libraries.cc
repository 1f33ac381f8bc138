// Vendors' libraries are found by file name and tell their version by it; nothing is loaded.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/device_traits.h"
#include "support/test_data.h"

namespace nagare {
namespace {

namespace fs = std::filesystem;

// The environment variable for the life of the object.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* text = std::getenv(name); text != nullptr) before_ = text;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string before_;
};

TEST(FindLibraries, VersionIsThatOfTheRealFile) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "libdnnl.so.99.3") << "not a library";
  fs::create_symlink("libdnnl.so.99.3", folder.path() / "libdnnl.so.2");
  std::ofstream(folder.path() / "libopenblasp-r9.8.77.so") << "not a library";
  fs::create_symlink("libopenblasp-r9.8.77.so", folder.path() / "libopenblas.so.0");
  const Variable variable("LD_LIBRARY_PATH", "relative:" + folder.path().string() + ":");
  DeviceTraits traits;
  traits.libraries = find_libraries();
  ASSERT_NE(traits.library("onednn"), nullptr);
  EXPECT_EQ(traits.library("onednn")->version, "99.3");
  EXPECT_EQ(traits.library("onednn")->path, (folder.path() / "libdnnl.so.2").string());
  ASSERT_NE(traits.library("openblas"), nullptr);
  EXPECT_EQ(traits.library("openblas")->version, "9.8.77");
  EXPECT_NE(traits.fingerprint().find("onednn=99.3"), std::string::npos);
  EXPECT_EQ(traits.library("no such"), nullptr);
}

TEST(FindLibraries, BrokenLinksAreNotThere) {
  const test::TemporaryFolder folder;
  fs::create_symlink("nowhere", folder.path() / "libdnnl.so.2");
  const Variable variable("LD_LIBRARY_PATH", folder.path().string());
  for (const LibraryTraits& found : find_libraries())
    EXPECT_FALSE(found.path.starts_with(folder.path().string()));
}

}  // namespace
}  // namespace nagare
