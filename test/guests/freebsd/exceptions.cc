// exceptions: C++ with libc++: an exception, threads, regular expressions and the file system.
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Square
{
    double side;

    double area() const
    {
        if (side < 0)
            throw std::invalid_argument("negative side");
        return side * side;
    }
};

int main()
{
    std::map<std::string, int> counts;
    std::string text = "one two three two";
    std::regex word("[a-z]+");
    for (std::sregex_iterator found(text.begin(), text.end(), word), end; found != end; ++found)
        counts[found->str()]++;
    std::vector<std::thread> threads;
    std::vector<int> squares(3);
    for (int i = 0; i < 3; i++)
        threads.emplace_back([i, &squares] { squares[i] = i * i; });
    for (auto &thread : threads)
        thread.join();
    try {
        std::cout << Square{-1}.area() << std::endl;
    } catch (const std::exception &failure) {
        std::cout << "caught " << failure.what() << std::endl;
    }
    std::cout << counts["two"] << " " << squares[2] << " " << std::filesystem::exists("/libexec/ld-elf.so.1") << std::endl;
}
