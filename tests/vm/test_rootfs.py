# SPDX-License-Identifier: Apache-2.0
"""Which packages a root file system is made of."""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

import cache   # noqa: E402
import rootfs  # noqa: E402


class Lists(unittest.TestCase):
    def test_a_later_list_adds_and_takes_back(self):
        with tempfile.TemporaryDirectory() as place:
            first, second = Path(place) / "1", Path(place) / "2"
            first.write_text("bash\n-perl\n-dpkg\n", encoding="ascii")
            second.write_text("perl  # needed here\n-sed\n", encoding="ascii")
            self.assertEqual(rootfs.chosen([first]), (["bash"], {"perl", "dpkg"}))
            self.assertEqual(rootfs.chosen([first, second]), (["bash", "perl"], {"dpkg", "sed"}))

    def test_each_root_has_a_directory_of_its_own(self):
        names = {rootfs.directory_name(rootfs.BASE), rootfs.directory_name("corpus")}
        self.assertEqual(len(names), 2)
        self.assertEqual(len({name.rsplit("-", 1)[0] for name in names}), 2)  # or one would be pruned as an old other
        with self.assertRaises(cache.Failure):
            rootfs.directory_name("unheard-of")


if __name__ == "__main__":
    unittest.main()
