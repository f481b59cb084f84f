//! A fault at every single step of whole workflows: afterwards a retry brings the same end as the undisturbed run.

use crate::world::{Fault, Story, World};

const STORIES: [Story; 4] = [Story::Success, Story::ServiceError, Story::WorkflowError, Story::Violation];
const FAULTS: [Fault; 3] = [Fault::Fail, Fault::Drop, Fault::Delay];

#[test]
fn a_fault_at_any_step_of_any_story_changes_nothing_of_its_end() {
    let mut points = 0;
    for story in STORIES {
        let mut undisturbed = World::new(story, None);
        undisturbed.run();
        assert_eq!(undisturbed.returned.len(), 1, "{story:?} has one end: {:?}", undisturbed.end());
        for fault in FAULTS {
            for at in 0.. {
                let mut world = World::new(story, Some((at, fault)));
                world.run();
                if !world.hit {
                    assert!(at > 10, "past the last step: each has had its fault");
                    break;
                }
                points += 1;
                assert_eq!(world.end(), undisturbed.end(), "{story:?}, {fault:?} at step {at}: {:?}", world.failures);
            }
        }
    }
    assert!(points >= 200, "only {points} points");
}

#[test]
fn the_stories_end_differently() {
    let ends: Vec<_> = STORIES
        .iter()
        .map(|story| {
            let mut world = World::new(*story, None);
            world.run();
            world.end()[0]["data"].to_string()
        })
        .collect();
    assert_ne!(ends[0], ends[1]);
    assert_ne!(ends[0], ends[2]);
    assert_eq!(ends[0], ends[3], "a violation is tried again and leaves no trace");
}
