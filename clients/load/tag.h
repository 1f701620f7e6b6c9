#pragma once

// What completion queues hand back.

namespace segue::load {

// Called on the thread that drains its queue, and on no other.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Proceed(bool ok) = 0;
};

// A tag that calls a method of its owner.
template <typename Owner>
class MethodTag : public Tag {
 public:
  MethodTag(Owner* owner, void (Owner::*method)(bool)) : owner_(owner), method_(method) {}
  void Proceed(bool ok) override { (owner_->*method_)(ok); }

 private:
  Owner* owner_;
  void (Owner::*method_)(bool);
};

}  // namespace segue::load
